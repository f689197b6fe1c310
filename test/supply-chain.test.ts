/**
 * What is installed. Seen to fail: a hash taken out of the lockfile, or one of another kind; a package from elsewhere; one that
 * runs a script when it is installed, without being named for it.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const locked = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        link: z.boolean().optional(),
        hasInstallScript: z.boolean().optional(),
      }),
    ),
  })
  .parse(read('package-lock.json'))
const manifest = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(read('package.json'))
const installed = Object.entries(locked.packages).filter(([path]) => path !== '')

it('every package is pinned by its version and its SHA-512, and comes from the public registry', () => {
  expect(installed.length).toBeGreaterThan(100)
  for (const [path, { version, integrity, resolved = 'https://registry.npmjs.org/', link = false }] of installed) {
    expect(version, path).toMatch(/^\d+\.\d+\.\d+/)
    expect(integrity, path).toMatch(/^sha512-/)
    expect([resolved.startsWith('https://registry.npmjs.org/'), link], path).toEqual([true, false])
  }
})

it('only packages that are named for it may run a script when they are installed', () => {
  // Those of its own, such as `prepare`, are the project's.
  const scripted = installed.filter(([, { hasInstallScript = false }]) => hasInstallScript)
  const names = new Set(scripted.map(([path]) => path.replace(/^.*node_modules\//, '')))
  expect([...names].toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted())
})

it('what the service runs on is listed whole by `npm sbom`', () => {
  for (const name of Object.keys(manifest.dependencies))
    expect(locked.packages[`node_modules/${name}`], name).toBeDefined()
})
