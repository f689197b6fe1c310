import { config as loadEnvFile } from 'dotenv'
import { type Config, formatConfigProblems, readConfig } from '../config.ts'
import { isCron } from '../schedule.ts'

/** Reads `.env` and the environment, which wins. Problems go to stderr, all of them; null: there were errors. */
export function readSettings(): Config | null {
  loadEnvFile({ quiet: true })
  const result = readConfig(process.env, process.stderr.isTTY, isCron)
  if (!result.ok) {
    process.stderr.write(
      `Countersign can not start: these settings are wrong.\n${formatConfigProblems(result.problems)}\nREADME.md and .env.example say what each one means.\n`,
    )
    return null
  }
  if (result.warnings.length > 0) process.stderr.write(`${formatConfigProblems(result.warnings)}\n`)
  return result.config
}
