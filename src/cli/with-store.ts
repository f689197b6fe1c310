import { existsSync } from 'node:fs'
import type { Store } from '../app/ports.ts'
import type { Config } from '../config.ts'
import { readSettings } from './settings.ts'

type Use = (store: Store, config: Config) => Promise<void>

/** Opens the database of the settings, beside a running service or without one, for as long as `use` takes. */
export async function withStore(use: Use): Promise<void> {
  await withSettings((config) => opened(config, use))
}

/** The same for questions, which an empty database made just now would answer with "all is well": none is made. */
export async function withExistingStore(use: Use): Promise<void> {
  await withSettings(async (config) => {
    if (existsSync(config.databaseFile)) return opened(config, use)
    process.stderr.write(
      `There is no database at ${config.databaseFile}. Set DATABASE_URL to that of the service, or run this in its folder.\n`,
    )
    process.exitCode = 1
  })
}

async function withSettings(use: (config: Config) => Promise<void>): Promise<void> {
  const config = readSettings()
  if (config === null) process.exitCode = 1
  else await use(config)
}

async function opened(config: Config, use: Use): Promise<void> {
  try {
    const { openStore } = await import('../compose.ts')
    const store = openStore(config)
    try {
      await use(store, config)
    } finally {
      await store.close()
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
