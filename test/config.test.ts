/**
 * Settings. Broken builds that these sentences were seen to catch:
 * - half of the tokens taken for a whole set, HTTP mode before Socket Mode -> the Slack tokens.
 * - an empty variable taken for a value, the local workspace open to everybody, LOG_FORMAT ignored -> the defaults.
 * - the refused value quoted, only the first problem told, no check of cron or of high ports -> a bad setting.
 * - .env.example naming another variable; a warning about everybody’s variables -> the sentence that says so.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { type ConfigResult, formatConfigProblems, readConfig, variables } from '../src/config.ts'
import { isCron } from '../src/schedule.ts'

type Environment = Readonly<Record<string, string | undefined>>

const BOT = 'xoxb-1-canary'
const APP = 'xapp-1-canary'
const SIGNING = 'canary0123456789'
const HTTP_MODE = { SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: SIGNING }
const SOCKET_MODE = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP }

function read(env: Environment, isTerminal = false): ConfigResult {
  return readConfig(env, isTerminal, isCron)
}

function configOf(env: Environment, isTerminal = false) {
  const result = read(env, isTerminal)
  if (!result.ok) throw new Error(formatConfigProblems(result.problems))
  return result.config
}

function problemsOf(env: Environment): readonly string[] {
  const result = read(env)
  return result.ok ? [] : result.problems.map(({ variable, message }) => `${variable}: ${message}`)
}

describe('the defaults', () => {
  it('run a local workspace on this machine alone', () => {
    expect(configOf({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      databaseFile: './data/local.db',
      manifestsDir: './manifests',
      slack: { mode: 'local' },
      grantKeys: null,
      sweepCron: '* * * * *',
      workspacePort: 3100,
      allowedCallbackHosts: new Set(),
      webhookSecret: null,
      linkSecret: null,
      agentRateLimit: 1_000,
      auditRootCron: '0 * * * *',
      reportCron: '0 9 * * 1',
      reportTimeZone: 'UTC',
      auditRootUrl: null,
      logLevel: 'info',
      logFormat: 'json',
    })
  })

  it('are what an empty variable means', () => {
    const empty = Object.fromEntries(variables.map((name) => [name, '']))
    expect(configOf(empty)).toEqual(configOf({}))
  })

  it('listen to everybody once there is a Slack workspace, unless HOST says otherwise', () => {
    expect(configOf(HTTP_MODE).host).toBe('0.0.0.0')
    expect(configOf(SOCKET_MODE).host).toBe('0.0.0.0')
    expect(configOf({ ...HTTP_MODE, HOST: '10.0.0.7' }).host).toBe('10.0.0.7')
  })

  it('print a pretty log on a terminal', () => {
    expect(configOf({}, true).logFormat).toBe('pretty')
    expect(configOf({ LOG_FORMAT: 'json' }, true).logFormat).toBe('json')
    expect(configOf({ LOG_FORMAT: 'pretty' }).logFormat).toBe('pretty')
  })

  it('are those of .env.example, which names every variable and no other', () => {
    const example = parse(readFileSync(new URL('../.env.example', import.meta.url)))
    expect(Object.keys(example).toSorted()).toEqual(variables.toSorted())
    expect(configOf(example)).toEqual(configOf({}))
  })
})

describe('the Slack tokens', () => {
  const apiUrl = 'https://slack.com/api/'

  it('choose HTTP mode with a signing secret', () => {
    expect(configOf(HTTP_MODE).slack).toEqual({ mode: 'http', botToken: BOT, signingSecret: SIGNING, apiUrl })
  })

  it('choose Socket Mode with an app-level token, also when all three are set', () => {
    const socket = { mode: 'socket', botToken: BOT, appToken: APP, apiUrl }
    expect(configOf(SOCKET_MODE).slack).toEqual(socket)
    expect(configOf({ ...HTTP_MODE, ...SOCKET_MODE }).slack).toEqual(socket)
  })

  it.each([
    [
      { SLACK_SIGNING_SECRET: SIGNING },
      'SLACK_BOT_TOKEN: is missing, but SLACK_SIGNING_SECRET is set. Set both to use your Slack workspace, or neither to use the local one',
    ],
    [
      { SLACK_APP_TOKEN: APP },
      'SLACK_BOT_TOKEN: is missing, but SLACK_APP_TOKEN is set. Set both to use your Slack workspace, or neither to use the local one',
    ],
    [
      { SLACK_BOT_TOKEN: BOT },
      'SLACK_SIGNING_SECRET or SLACK_APP_TOKEN: one of them is missing: with SLACK_BOT_TOKEN set, give the signing secret (HTTP mode) or an app-level token (Socket Mode)',
    ],
  ])('that are half a set name the missing half: %o', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem])
  })
})

describe('a good setting', () => {
  it.each<[Environment, object]>([
    [{ PORT: '8080' }, { port: 8080, publicUrl: 'http://localhost:8080' }],
    [{ PORT: '0' }, { port: 0 }],
    [{ PUBLIC_URL: 'https://approvals.example.com/' }, { publicUrl: 'https://approvals.example.com' }],
    [{ DATABASE_URL: 'sqlite:/var/lib/countersign.db' }, { databaseFile: '/var/lib/countersign.db' }],
    [{ SWEEP_CRON: '*/10 * * * * *' }, { sweepCron: '*/10 * * * * *' }],
    [
      { REPORT_CRON: '30 8 * * 2', REPORT_TIMEZONE: 'Europe/Berlin' },
      { reportCron: '30 8 * * 2', reportTimeZone: 'Europe/Berlin' },
    ],
    [{ AUDIT_ROOT_CRON: '*/5 * * * *' }, { auditRootCron: '*/5 * * * *' }],
    [{ AUDIT_ROOT_URL: 'https://roots.example.com/r' }, { auditRootUrl: 'https://roots.example.com/r' }],
    [
      { AUDIT_ROOT_URL: 'http://10.0.0.7/r', ALLOWED_CALLBACK_HOSTS: '10.0.0.7' },
      { auditRootUrl: 'http://10.0.0.7/r' },
    ],
    [
      { ALLOWED_CALLBACK_HOSTS: 'agent.internal, 10.0.0.7,,localhost' },
      { allowedCallbackHosts: new Set(['agent.internal', '10.0.0.7', 'localhost']) },
    ],
    [{ AGENT_RATE_LIMIT: '50' }, { agentRateLimit: 50 }],
    [{ LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
  ])('%o is taken', (env, expected) => {
    expect(configOf(env)).toMatchObject(expected)
  })
})

describe('a bad setting', () => {
  const port = 'expected a port number, 0 to 65535'
  const rate = 'expected how many requests a second each API key may send, 1 to 999999'
  it.each<[Environment, string]>([
    [{ PORT: '65536' }, `PORT: ${port}`],
    [{ PORT: '-1' }, `PORT: ${port}`],
    [{ PORT: '80a' }, `PORT: ${port}`],
    [{ WORKSPACE_PORT: '3.5' }, `WORKSPACE_PORT: ${port}`],
    [
      { PUBLIC_URL: 'approvals.example.com' },
      'PUBLIC_URL: expected an http or https URL, e.g. https://countersign.example.com',
    ],
    [{ PUBLIC_URL: 'ftp://a' }, 'PUBLIC_URL: expected an http or https URL, e.g. https://countersign.example.com'],
    [
      { DATABASE_URL: './data.db' },
      'DATABASE_URL: expected sqlite: and a path, e.g. sqlite:./data/countersign.db (Postgres is not supported yet)',
    ],
    [
      { DATABASE_URL: 'sqlite:' },
      'DATABASE_URL: expected sqlite: and a path, e.g. sqlite:./data/countersign.db (Postgres is not supported yet)',
    ],
    [{ SLACK_API_URL: 'nonsense' }, 'SLACK_API_URL: expected an http or https URL that ends in /api/'],
    [{ SLACK_API_URL: 'https://slack.com/api' }, 'SLACK_API_URL: expected a URL that ends in /api/'],
    [
      { SWEEP_CRON: 'often' },
      'SWEEP_CRON: expected a cron expression of five fields, or six with seconds, e.g. * * * * *',
    ],
    [{ REPORT_TIMEZONE: 'Berlin' }, 'REPORT_TIMEZONE: expected the name of a time zone, e.g. Europe/Berlin'],
    [
      { REPORT_CRON: 'weekly' },
      'REPORT_CRON: expected a cron expression of five fields, or six with seconds, e.g. 0 9 * * 1',
    ],
    [
      { AUDIT_ROOT_CRON: 'often' },
      'AUDIT_ROOT_CRON: expected a cron expression of five fields, or six with seconds, e.g. 0 * * * *',
    ],
    [
      { AUDIT_ROOT_URL: 'roots' },
      'AUDIT_ROOT_URL: expected an http or https URL, e.g. https://roots.example.com/countersign',
    ],
    [
      { AUDIT_ROOT_URL: 'http://roots.example.com/' },
      'AUDIT_ROOT_URL: must be an https address, unless the operator adds its host to ALLOWED_CALLBACK_HOSTS',
    ],
    [
      { AUDIT_ROOT_URL: 'https://10.0.0.7/' },
      'AUDIT_ROOT_URL: must not lead to a private, loopback or link-local address, unless the operator adds it to ALLOWED_CALLBACK_HOSTS',
    ],
    [{ AGENT_RATE_LIMIT: '0' }, `AGENT_RATE_LIMIT: ${rate}`],
    [{ AGENT_RATE_LIMIT: '1e3' }, `AGENT_RATE_LIMIT: ${rate}`],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent'],
    [{ LOG_FORMAT: 'xml' }, 'LOG_FORMAT: expected json or pretty'],
  ])('%o is one problem, in words', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem])
  })

  it('is reported with all the others, at once', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'x', SWEEP_CRON: 'x', DATABASE_URL: 'x', SLACK_BOT_TOKEN: 'x' }
    const names = problemsOf(env).map((problem) => problem.replace(/: .*/, ''))
    expect(names.toSorted()).toEqual([
      'DATABASE_URL',
      'LOG_LEVEL',
      'PORT',
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET or SLACK_APP_TOKEN',
      'SWEEP_CRON',
    ])
  })

  it('never shows its value', () => {
    const canary = 'hunter2-canary'
    const result = read(Object.fromEntries(variables.map((name) => [name, canary])))
    if (result.ok) throw new Error('all of these are wrong')
    expect(result.problems.length).toBeGreaterThan(8)
    expect(formatConfigProblems(result.problems)).not.toContain(canary)
    expect(problemsOf({ SLACK_SIGNING_SECRET: 'canary7' }).join()).not.toContain('canary7')
  })
})

it('a COUNTERSIGN_ variable that does nothing is warned about, others are not our business', () => {
  const result = read({ COUNTERSIGN_PORT: '80', HOME: '/home/ana', COUNTERSIGN_EMPTY: '' })
  expect(result.ok && result.warnings).toEqual([
    { variable: 'COUNTERSIGN_PORT', message: 'is not a setting of Countersign, so it does nothing' },
  ])
})
