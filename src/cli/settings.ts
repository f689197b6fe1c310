import { config as loadEnvFile } from 'dotenv'
import { type Config, formatConfigProblems, readConfig } from '../config.ts'
import { isCron } from '../schedule.ts'

/** Reads `.env` and the environment, which wins. Problems go to stderr, all of them; null: there were errors. */
export function readSettings(): Config | null {
  loadEnvFile({ quiet: true })
  const result = readConfig(process.env, process.stderr.isTTY, isCron)
  if (!result.ok) {
    process.stderr.write(
      `Countersign cannot start: these settings are wrong.\n${formatConfigProblems(result.problems)}\nREADME.md and .env.example say what each one means.\n`,
    )
    return null
  }
  if (result.warnings.length > 0) process.stderr.write(`${formatConfigProblems(result.warnings)}\n`)
  return result.config
}

/** Where the manifest is, for those who need no other setting or can't read the others. */
export function manifestsDir(): string {
  loadEnvFile({ quiet: true })
  const given = process.env['MANIFESTS_DIR']
  return given === undefined || given === '' ? './manifests' : given
}
