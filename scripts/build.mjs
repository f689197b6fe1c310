/** After the compiler: bundles the local workspace's page, and copies the SQL and fonts that the compiler leaves behind. */
import { cp, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

await build({
  entryPoints: { page: join(root, 'src/workspace/page.tsx') },
  outdir: join(root, 'dist/workspace'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'linked',
  logLevel: 'warning',
})

const migrations = join(root, 'src/store/migrations')
for (const file of await sqlFiles(migrations)) {
  const target = join(root, 'dist/src/store/migrations', file)
  await mkdir(dirname(target), { recursive: true })
  await cp(join(migrations, file), target)
}

await cp(join(root, 'src/report/fonts'), join(root, 'dist/src/report/fonts'), { recursive: true })

/** Paths of all .sql files below a folder, relative to it; none when the folder is missing. */
async function sqlFiles(folder) {
  const found = await readdir(folder, { recursive: true }).catch((error) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return found.filter((file) => file.endsWith('.sql'))
}
