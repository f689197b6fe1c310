import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ManifestFile, maxFileBytes } from './yaml-file.ts'

/**
 * The `*.yaml` and `*.yml` files of a folder, in name order, called by the folder's path as given. Folders inside it
 * are not read. @throws what the file system throws
 */
export function readYamlFolder(dir: string): readonly ManifestFile[] {
  return readdirSync(dir)
    .toSorted()
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => {
      const path = join(dir, name)
      const { size } = statSync(path)
      // One byte too many is enough to refuse a file; more is not read into memory.
      return { path, text: size > maxFileBytes ? ' '.repeat(maxFileBytes + 1) : readFileSync(path, 'utf8') }
    })
}
