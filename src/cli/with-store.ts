import type { Store } from '../app/ports.ts'
import { readSettings } from './settings.ts'

/** Opens the database of the settings, beside a running service or without one, for as long as `use` takes. */
export async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const config = readSettings()
  if (config === null) {
    process.exitCode = 1
    return
  }
  try {
    const { openStore } = await import('../compose.ts')
    const store = openStore(config)
    try {
      await use(store)
    } finally {
      await store.close()
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
