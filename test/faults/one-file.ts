import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Program } from './child.ts'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))

/** The built program with all that it imports in a few files. Its folder is to be removed. */
type OneFile = Program & { readonly remove: () => void }

/**
 * Loading a thousand modules is most of what a start costs, and proves nothing when it is done thousands of times: this
 * program does the same from its first line of work on. The writer's thread and the migrations are the built ones.
 */
export async function oneFile(): Promise<OneFile> {
  // Inside, so that what is not bundled is found as ever.
  const folder = mkdtempSync(join(DIST, 'one-file-'))
  await build({
    entryPoints: ['cli/main', 'cli/program', 'compose'].map((path) => join(DIST, 'src', `${path}.js`)),
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['better-sqlite3', '@resvg/resvg-js'], // They have machine code.
    banner: {
      js: `import { createRequire as requiring } from 'node:module'\nconst require = requiring(import.meta.url)`,
    },
    logLevel: 'error',
    plugins: [
      {
        name: 'where the built files are',
        setup: (build) => {
          build.onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
          }))
        },
      },
    ],
  })
  return {
    main: join(folder, 'cli/main.js'),
    modules: ['cli/program.js', 'compose.js'].map((path) => pathToFileURL(join(folder, path)).href),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
