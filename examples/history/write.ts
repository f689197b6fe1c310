import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { DAY, type Instant, toDay } from '../../src/domain/time.ts'
import { parseManifest } from '../../src/policy/load.ts'
import { formatProblems } from '../../src/policy/problem.ts'
import { sqliteMigrations } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/sqlite/connection.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { chance } from './chance.ts'
import { live, type Telling } from './quarter.ts'

export type Written =
  /** `manifests`: the folder of its policy, beside it. */
  | { readonly kind: 'written'; readonly decisions: number; readonly manifests: string }
  /** There is something already, and it is left as it is. */
  | { readonly kind: 'taken'; readonly path: string }

/**
 * Writes a new database with a history, and the policy of it into a folder beside it.
 * @param told gets the share that is done, 0 to 1
 */
export async function writeHistory(file: string, telling: Telling, told: (share: number) => void): Promise<Written> {
  const manifests = join(dirname(file), `${basename(file, extname(file))}-manifests`)
  const taken = [file, manifests].find((each) => existsSync(each))
  if (taken !== undefined) return { kind: 'taken', path: taken }
  const policy = policyOf(telling.until)
  const loaded = parseManifest([{ path: 'policy.yaml', text: policy }], toDay(telling.until))
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems))
  mkdirSync(dirname(file), { recursive: true })
  // Under its name there is the whole history or nothing.
  const unfinished = `${file}.unfinished`
  for (const left of ['', '-wal', '-shm']) rmSync(`${unfinished}${left}`, { force: true })
  const db = openDatabase(unfinished, sqliteMigrations())
  // Nobody is answered here, so nothing has to be on disk before the end.
  db.pragma('synchronous = OFF')
  const store = sqliteStore(db, chance(telling.seed + 1).bytes)
  let decisions: number
  try {
    decisions = await live(store, loaded.manifest, telling, told)
  } finally {
    await store.close()
  }
  mkdirSync(manifests)
  writeFileSync(join(manifests, 'policy.yaml'), policy)
  renameSync(unfinished, file)
  return { kind: 'written', decisions, manifests }
}

/** The policy of the example, with its evidence as fresh as it has to be. */
function policyOf(until: Instant): string {
  const document = parseDocument(readFileSync(fileURLToPath(new URL('policy.yaml', import.meta.url)), 'utf8'))
  document.setIn(['actions', 'change_subscription', 'rollback', 'tested_on'], toDay(until - 30 * DAY))
  return document.toString({ lineWidth: 0 })
}
