import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isAgentName, newApiKey } from '../app/api-key.ts'
import type { ApiKey, Scope } from '../app/ports.ts'
import { DAY, HOUR, MINUTE, toIso } from '../domain/time.ts'
import { withStore } from './with-store.ts'

const SCOPES: readonly Scope[] = ['decide', 'read', 'label', 'consume', 'admin']

/** `countersign keys ...` */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('API keys of agents.')
  keys
    .command('create')
    .description('Make a key. It alone is printed on stdout, once; only its hash is stored.')
    .requiredOption('--agent <name>', 'the agent it speaks for, e.g. billing-bot', agentName)
    .addOption(
      new Option('--scopes <list>', `what it may do, separated by commas: ${SCOPES.join(', ')}`)
        .argParser(scopes)
        .default(['decide', 'read'], 'decide,read'),
    )
    .addOption(
      new Option('--expires <time>', 'when it stops working: 90d, 12h, 30m, or never')
        .argParser(lifetime)
        .default(90 * DAY, '90d'),
    )
    .action((options: { readonly agent: string; readonly scopes: readonly Scope[]; readonly expires: number }) =>
      withStore(async (store) => {
        const now = Date.now()
        const { agent, scopes: allowed, expires } = options
        const { token, record } = newApiKey({
          agent,
          scopes: allowed,
          expiresAt: expires === Infinity ? null : now + expires,
          now,
          random: (count) => randomBytes(count),
        })
        await store.saveApiKey(record)
        process.stdout.write(`${token}\n`)
        process.stderr.write(`${describe(record)}\nKeep it safe: it is not shown again.\n`)
      }),
    )
  keys
    .command('list')
    .description('Show all keys, without their secrets.')
    .option('--json', 'print them as JSON')
    .action((options: { readonly json?: true }) =>
      withStore(async (store) => {
        const all = await store.apiKeys()
        if (options.json === true) process.stdout.write(`${JSON.stringify(all.map(asJson), null, 2)}\n`)
        else if (all.length > 0) process.stdout.write(`${all.map(describe).join('\n')}\n`)
        else process.stderr.write('There are no keys yet. Make one: countersign keys create --agent NAME\n')
      }),
    )
  keys
    .command('revoke')
    .description('Make a key stop working, at once and for good.')
    .argument('<id>', 'its id, key_...')
    .option('--json', 'print it as JSON')
    .action((id: string, options: { readonly json?: true }) =>
      withStore(async (store) => {
        const key = await store.apiKey(id)
        if (key === null) {
          process.stderr.write(`There is no key ${id}. See countersign keys list.\n`)
          process.exitCode = 1
          return
        }
        const revoked = { ...key, revokedAt: key.revokedAt ?? Date.now() }
        await store.saveApiKey(revoked)
        process.stdout.write(
          `${options.json === true ? JSON.stringify(asJson(revoked), null, 2) : describe(revoked)}\n`,
        )
      }),
    )
}

function describe({ id, agent, scopes: allowed, expiresAt, revokedAt }: ApiKey): string {
  const end = expiresAt === null ? 'never expires' : `until ${toIso(expiresAt)}`
  return `${id}  ${agent}  ${allowed.join(',')}  ${revokedAt === null ? end : `revoked ${toIso(revokedAt)}`}`
}

function asJson({ id, agent, scopes: allowed, createdAt, expiresAt, revokedAt }: ApiKey) {
  const time = (at: number | null) => (at === null ? null : toIso(at))
  return {
    id,
    agent,
    scopes: allowed,
    created_at: toIso(createdAt),
    expires_at: time(expiresAt),
    revoked_at: time(revokedAt),
  }
}

function agentName(text: string): string {
  if (isAgentName(text)) return text
  throw new InvalidArgumentError(
    'It takes letters, digits, ".", "_" and "-", starts with a letter or digit, and has at most 64 characters.',
  )
}

function scopes(text: string): readonly Scope[] {
  return text.split(',').map((name) => {
    const scope = SCOPES.find((known) => known === name.trim())
    if (scope === undefined) throw new InvalidArgumentError(`"${name}" is no scope; allowed are ${SCOPES.join(', ')}.`)
    return scope
  })
}

const UNITS = { m: MINUTE, h: HOUR, d: DAY } as const

/** ms; Infinity for `never`, because commander makes an empty string of a null. */
function lifetime(text: string): number {
  if (text === 'never') return Infinity
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  if (count === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd'))
    throw new InvalidArgumentError('Allowed are 30m, 12h, 90d and the like, or never.')
  return Number(count) * UNITS[unit]
}
