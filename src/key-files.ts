import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A secret of this service: read from `keys/<name>` beside the database file, and made there on the first start (0600, in
 * a folder of 0700). It is never in the database, so that a copy of that holds none.
 * @param databaseFile with `:memory:` the secret lives as long as the process
 * @throws Error that names the file and says what to do
 */
export function keyFile(databaseFile: string, name: string, make: () => string): string {
  if (databaseFile === ':memory:') return make()
  const folder = join(dirname(databaseFile), 'keys')
  const file = join(folder, name)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = make()
    try {
      writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' })
      return made
    } catch (error) {
      if (!isExisting(error)) throw error
      return readFileSync(file, 'utf8').trim()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The key file ${file} cannot be read or made (${reason}). This user must own it and its folder.`, {
      cause: error,
    })
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
