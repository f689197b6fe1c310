import { existsSync, readFileSync } from 'node:fs'

/** The version in package.json, which stands above `src/` and above `dist/src/`. */
export function version(): string {
  const file = ['../../package.json', '../../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url))
  const parsed: unknown = file === undefined ? null : JSON.parse(readFileSync(file, 'utf8'))
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}
