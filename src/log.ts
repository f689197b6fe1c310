import { type DestinationStream, type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from './config.ts'

/**
 * The program's log, on standard error: results go to standard output. Callers log named, harmless fields only; the
 * redaction below is a second line of defence.
 */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'token',
        'secret',
        'authorization',
        '*.token',
        '*.secret',
        '*.authorization',
        '*.signing_secret',
        'parameters',
        '*.parameters',
      ],
      censor: '[redacted]',
    },
  }
  return pino(options, destination(config.logFormat))
}

function destination(format: Config['logFormat']): DestinationStream {
  if (format === 'json') return pino.destination(2)
  return PinoPretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true })
}
