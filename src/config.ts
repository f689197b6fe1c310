import { z } from 'zod'
import { addressFault } from './domain/public-address.ts'
import { EXPECTED, type GrantKeys, parseGrantKeys } from './grants/jwk.ts'

/** Everything the environment decides, validated. Secrets are in here: never log it. */
export type Config = {
  readonly host: string
  readonly port: number
  readonly publicUrl: string
  /** A file path; the only database so far is SQLite. */
  readonly databaseFile: string
  readonly manifestsDir: string
  readonly slack: SlackConfig
  /** null: a key of its own, kept beside the database. */
  readonly grantKeys: GrantKeys | null
  readonly sweepCron: string
  /** When a signed root over the audit log is made. */
  readonly auditRootCron: string
  /** When the weekly report is due, in this time zone (an IANA name). */
  readonly reportCron: string
  readonly reportTimeZone: string
  /** Where it is sent as well; null: nowhere. */
  readonly auditRootUrl: string | null
  readonly workspacePort: number
  readonly allowedCallbackHosts: ReadonlySet<string>
  /** Signs what is sent to other systems, `whsec_...`; null: made on the first start and kept beside the database. */
  readonly webhookSecret: string | null
  /** Signs links that carry their own right of access; null: made on the first start and kept beside the database. */
  readonly linkSecret: string | null
  /** Requests a second and API key. */
  readonly agentRateLimit: number
  readonly logLevel: LogLevel
  readonly logFormat: 'json' | 'pretty'
}

export type SlackConfig =
  /** No token at all: a workspace of our own on loopback. */
  | { readonly mode: 'local' }
  | { readonly mode: 'http'; readonly botToken: string; readonly signingSecret: string; readonly apiUrl: string }
  | { readonly mode: 'socket'; readonly botToken: string; readonly appToken: string; readonly apiUrl: string }

type LogLevel = (typeof logLevels)[number]
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** One variable that is wrong: its name, and what was expected. The value is left out: it may be a secret. */
export type ConfigProblem = { readonly variable: string; readonly message: string }

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, 'expected a port number, 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, 'expected a port number, 0 to 65535')

const webUrl = (what: string) =>
  z.string().refine((text) => /^https?:$/.test(urlProtocol(text)), {
    error: `expected an http or https URL${what}`,
    abort: true,
  })

/** When the jobs run that run by themselves, unless something else is set. */
const CRON = { SWEEP_CRON: '* * * * *', AUDIT_ROOT_CRON: '0 * * * *', REPORT_CRON: '0 9 * * 1' }

const environment = z.object({
  PORT: portNumber.default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: webUrl(', e.g. https://countersign.example.com').optional(),
  DATABASE_URL: z
    .string()
    .regex(
      /^sqlite:.+/,
      'expected sqlite: and a path, e.g. sqlite:./data/countersign.db (Postgres is not supported yet)',
    )
    .optional(),
  MANIFESTS_DIR: z.string().default('./manifests'),
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'expected a bot token: it starts with xoxb-').optional(),
  SLACK_SIGNING_SECRET: z
    .string()
    .min(8, 'expected the signing secret from the app’s Basic Information page')
    .optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'expected an app-level token: it starts with xapp-').optional(),
  SLACK_API_URL: webUrl(' that ends in /api/')
    .refine((text) => text.endsWith('/api/'), 'expected a URL that ends in /api/')
    .default('https://slack.com/api/'),
  GRANT_SIGNING_KEY: z
    .string()
    .transform((text, issue) => {
      const keys = parseGrantKeys(text)
      if (keys !== null) return keys
      issue.addIssue(EXPECTED)
      return z.NEVER
    })
    .optional(),
  SWEEP_CRON: z.string().default(CRON.SWEEP_CRON),
  AUDIT_ROOT_CRON: z.string().default(CRON.AUDIT_ROOT_CRON),
  REPORT_CRON: z.string().default(CRON.REPORT_CRON),
  REPORT_TIMEZONE: z.string().refine(isTimeZone, 'expected the name of a time zone, e.g. Europe/Berlin').default('UTC'),
  AUDIT_ROOT_URL: webUrl(', e.g. https://roots.example.com/countersign').optional(),
  WORKSPACE_PORT: portNumber.default(3100),
  ALLOWED_CALLBACK_HOSTS: z.string().default(''),
  WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'expected whsec_ and 24 to 64 random bytes in base64')
    .optional(),
  LINK_SECRET: z
    .string()
    .regex(
      /^[A-Za-z0-9+/_-]{43,88}={0,2}$/,
      'expected 32 to 64 random bytes in base64, e.g. of openssl rand -base64 32',
    )
    .optional(),
  AGENT_RATE_LIMIT: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'expected how many requests a second each API key may send, 1 to 999999')
    .transform(Number)
    .default(1_000),
  LOG_LEVEL: z.enum(logLevels, `expected one of ${logLevels.join(', ')}`).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], 'expected json or pretty').optional(),
})

/** The name of every variable that is read. */
export const variables: readonly string[] = Object.keys(environment.shape)

/** Names that look like ours in an environment full of others. */
const PREFIX = 'COUNTERSIGN_'
/** Agents on the same machine keep their key in these. */
const FOR_AGENTS: ReadonlySet<string> = new Set(['COUNTERSIGN_KEY', 'COUNTERSIGN_URL'])

/**
 * Reads the environment once; all problems are reported together.
 * @param isTerminal decides the log format where none is set
 * @param isCron says whether a text is a cron expression
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  isCron: (text: string) => boolean,
): ConfigResult {
  // An empty variable in a .env file means "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  const problems: ConfigProblem[] = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), message: issue.message }))
  const slack = slackMode(given, problems)
  if (
    slack === 'local' &&
    parsed.data?.PORT === parsed.data?.WORKSPACE_PORT &&
    parsed.data?.PORT !== 0 &&
    parsed.success
  )
    problems.push({
      variable: 'WORKSPACE_PORT',
      message: 'is the same as PORT; the local workspace needs a port of its own',
    })
  for (const [variable, usual] of Object.entries(CRON))
    if (given[variable] !== undefined && !isCron(given[variable]))
      problems.push({
        variable,
        message: `expected a cron expression of five fields, or six with seconds, e.g. ${usual}`,
      })
  const allowedHosts = hostsIn(given['ALLOWED_CALLBACK_HOSTS'] ?? '')
  const sendFault = URL.canParse(given['AUDIT_ROOT_URL'] ?? '')
    ? addressFault(given['AUDIT_ROOT_URL'] ?? '', allowedHosts)
    : null
  if (sendFault !== null && parsed.success) problems.push({ variable: 'AUDIT_ROOT_URL', message: `must ${sendFault}` })
  if (!parsed.success || problems.length > 0) return { ok: false, problems }

  const { data } = parsed
  const warnings = Object.keys(given)
    .filter((name) => name.startsWith(PREFIX) && !FOR_AGENTS.has(name))
    .map((variable) => ({ variable, message: 'is not a setting of Countersign, so it does nothing' }))
  const config: Config = {
    host: data.HOST ?? (slack === 'local' ? '127.0.0.1' : '0.0.0.0'),
    port: data.PORT,
    publicUrl: (data.PUBLIC_URL ?? `http://localhost:${data.PORT}`).replace(/\/+$/, ''),
    // A trial's key and decisions must not turn up in a real workspace later.
    databaseFile:
      data.DATABASE_URL?.slice('sqlite:'.length) ?? `./data/${slack === 'local' ? 'local' : 'countersign'}.db`,
    manifestsDir: data.MANIFESTS_DIR,
    slack: slackConfig(slack, data),
    grantKeys: data.GRANT_SIGNING_KEY ?? null,
    sweepCron: data.SWEEP_CRON,
    workspacePort: data.WORKSPACE_PORT,
    auditRootCron: data.AUDIT_ROOT_CRON,
    reportCron: data.REPORT_CRON,
    reportTimeZone: data.REPORT_TIMEZONE,
    auditRootUrl: data.AUDIT_ROOT_URL ?? null,
    allowedCallbackHosts: allowedHosts,
    webhookSecret: data.WEBHOOK_SECRET ?? null,
    linkSecret: data.LINK_SECRET ?? null,
    agentRateLimit: data.AGENT_RATE_LIMIT,
    logLevel: data.LOG_LEVEL,
    logFormat: data.LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json'),
  }
  return { ok: true, config, warnings }
}

function hostsIn(text: string): ReadonlySet<string> {
  return new Set(text.split(/[\s,]+/).filter((host) => host !== ''))
}

/** The problems as a person reads them on the terminal. */
export function formatConfigProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ variable, message }) => `  ${variable}: ${message}`).join('\n')
}

type Environment = z.infer<typeof environment>

function slackMode(env: Readonly<Record<string, string | undefined>>, problems: ConfigProblem[]): SlackConfig['mode'] {
  const bot = env['SLACK_BOT_TOKEN'] !== undefined
  const signing = env['SLACK_SIGNING_SECRET'] !== undefined
  const app = env['SLACK_APP_TOKEN'] !== undefined
  if (!bot && !signing && !app) return 'local'
  if (!bot)
    problems.push({
      variable: 'SLACK_BOT_TOKEN',
      message: `is missing, but ${signing ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN'} is set. Set both to use your Slack workspace, or neither to use the local one`,
    })
  if (bot && !signing && !app)
    problems.push({
      variable: 'SLACK_SIGNING_SECRET or SLACK_APP_TOKEN',
      message:
        'one of them is missing: with SLACK_BOT_TOKEN set, give the signing secret (HTTP mode) or an app-level token (Socket Mode)',
    })
  return app ? 'socket' : 'http'
}

function slackConfig(mode: SlackConfig['mode'], data: Environment): SlackConfig {
  const {
    SLACK_BOT_TOKEN: botToken = '',
    SLACK_SIGNING_SECRET: signingSecret = '',
    SLACK_APP_TOKEN: appToken = '',
  } = data
  switch (mode) {
    case 'local':
      return { mode }
    case 'http':
      return { mode, botToken, signingSecret, apiUrl: data.SLACK_API_URL }
    case 'socket':
      return { mode, botToken, appToken, apiUrl: data.SLACK_API_URL }
  }
}

function urlProtocol(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : ''
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
