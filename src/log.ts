import { type DestinationStream, type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from './config.ts'

const CENSORED = '[redacted]'

/** Fields that hold a secret or what people wrote, down to the third level. */
const SECRET_FIELDS = [
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
]

/** Tokens that are known by their look: Slack's, and the API keys of agents. */
const TOKEN = /\b(?:xox[a-z]|xapp)-[\w.-]+|\bcsk_\w+[\w-]*/g

/**
 * The program's log, on standard error: results go to standard output. Callers log named, harmless fields only; the
 * redaction below is a second line of defence.
 */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: CENSORED },
    hooks: { streamWrite: (line: string) => line.replaceAll(TOKEN, CENSORED) },
  }
  return pino(options, destination(config.logFormat))
}

function destination(format: Config['logFormat']): DestinationStream {
  if (format === 'json') return pino.destination(2)
  return PinoPretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true })
}
