import { type DestinationStream, type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from './config.ts'

const CENSORED = '[redacted]'

/** Fields that hold a secret or what people wrote. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'token',
  'botToken',
  'appToken',
  'secret',
  'signingSecret',
  'signing_secret',
  'authorization',
  'Authorization',
  'cookie',
  'parameters',
])
/** How deep they are looked for. */
const LEVELS = 4

/** Tokens that are known by their look: Slack's, and the API keys of agents. */
const TOKEN = /\b(?:xox[a-z]|xapp)-[\w.-]+|\bcsk_\w+[\w-]*/g
const MAYBE_TOKEN = /xox|xapp|csk_/

/**
 * The program's log, on standard error: results go to standard output. Callers log named, harmless fields only; the
 * redaction below is a second line of defence.
 */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: (fields: Record<string, unknown>) => censored(fields, LEVELS) },
    serializers: { err: (error: Error) => censored(pino.stdSerializers.err(error), LEVELS) },
    hooks: { streamWrite: (line: string) => (MAYBE_TOKEN.test(line) ? line.replaceAll(TOKEN, CENSORED) : line) },
  }
  return pino(options, destination(config.logFormat))
}

function destination(format: Config['logFormat']): DestinationStream {
  if (format === 'json') return onceATurn()
  return PinoPretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true })
}

/** Writes what one turn of the event loop has logged at its end, all at once: a write for each line costs more than the line. */
function onceATurn(): DestinationStream {
  const stderr = pino.destination({ dest: 2, sync: true, minLength: 8_192 })
  let waiting = false
  const flush = () => {
    waiting = false
    stderr.flushSync()
  }
  process.on('exit', flush)
  return {
    write: (line) => {
      stderr.write(line)
      if (waiting) return
      waiting = true
      setImmediate(flush)
    },
  }
}

/** The fields, with what a secret one holds left out. */
function censored(fields: object, levels: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields))
    shown[name] = SECRET_FIELDS.has(name) ? CENSORED : censoredValue(value, levels - 1)
  return shown
}

function censoredValue(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || levels === 0) return value
  // An error is put into fields by its serializer; a date prints itself.
  if (value instanceof Error || 'toJSON' in value) return value
  if (Array.isArray(value)) return value.map((item: unknown) => censoredValue(item, levels))
  return censored(value, levels)
}
