/**
 * The borders between folders. Broken builds that these sentences were seen to catch:
 * - domain/ importing http/, app/ importing fastify or node:fs -> "imports only what its folder may".
 * - no rules for folders at all, or none for store/ -> "every folder of src has a rule".
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { afterAll, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname
const FIXTURE = mkdtempSync(join(tmpdir(), 'countersign-imports-'))

afterAll(() => rmSync(FIXTURE, { recursive: true }))

/** What `npm run check:boundaries` sees, of the product or of another tree with the same folders. */
async function cruised(baseDir: string, folders: readonly string[]): Promise<ICruiseResult> {
  const options: ICruiseOptions = await extractOptions(join(ROOT, '.dependency-cruiser.mjs'))
  const tsConfig = extractTsConfig(join(ROOT, 'tsconfig.json'))
  const { output } = await cruise([...folders], { ...options, baseDir, validate: true }, {}, { tsConfig })
  if (typeof output === 'string') throw new Error(output)
  return output
}

function broken({ summary }: ICruiseResult): readonly string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`)
}

it('every file imports only what its folder may', async () => {
  const result = await cruised(ROOT, ['src', 'blocks'])
  expect(broken(result)).toEqual([])
  // A cruise that saw nothing finds nothing.
  const seen = new Set(result.modules.map(({ source }) => source))
  expect([...filesOf('src'), ...filesOf('blocks')].filter((file) => !seen.has(file))).toEqual([])
  expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(seen.size)
})

it('every folder of src has a rule, except the one that may import anything', async () => {
  const { summary } = await cruised(ROOT, ['src'])
  const rules = (summary.ruleSetUsed?.forbidden ?? []).map(({ name }) => name)
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const without = folders.filter(({ name }) => !rules.includes(`${name}-imports`)).map(({ name }) => name)
  expect(without).toEqual(['cli'])
})

it('a forbidden import is found, whatever kind it is', async () => {
  const files = {
    'src/domain/clock.ts': `import { statSync } from 'node:fs'\nexport const clock = statSync`,
    'src/domain/stored.ts': `import type { Row } from '../store/rows.ts'\nexport type Stored = Row`,
    'src/app/web.ts': `import fastify from 'fastify'\nexport const web = fastify`,
    'src/http/click.ts': `import { rows } from '../store/rows.ts'\nexport const click = rows`,
    'src/delivery/ask.ts': `import { click } from '../http/click.ts'\nexport const ask = click`,
    'src/local.ts': `import { page } from './workspace/page.ts'\nimport { rows } from './store/rows.ts'\nexport const local = { page, rows }`,
    'src/workspace/page.ts': `import { ask } from '../delivery/ask.ts'\nexport const page = ask`,
    'src/store/rows.ts': `import { more } from './more.ts'\nexport type Row = string\nexport const rows = more`,
    'src/store/more.ts': `import { rows } from './rows.ts'\nexport const more = () => rows`,
    'blocks/card.ts': `import { web } from '../src/app/web.ts'\nimport { lost } from './lost.ts'\nexport const card = { web, lost }`,
    'node_modules/fastify/package.json': '{"name": "fastify", "version": "1.0.0", "main": "index.js"}',
    'node_modules/fastify/index.js': 'module.exports = {}',
    'package.json': '{"type": "module", "dependencies": {"fastify": "1.0.0"}}',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(FIXTURE, name)), { recursive: true })
    writeFileSync(join(FIXTURE, name), text)
  }
  const found = new Set(broken(await cruised(FIXTURE, ['src', 'blocks'])))
  expect([...found].toSorted()).toEqual([
    'adapters-from-compose: src/local.ts -> src/store/rows.ts',
    'adapters-from-compose: src/local.ts -> src/workspace/page.ts',
    'app-packages: src/app/web.ts -> node_modules/fastify/index.js',
    'blocks-imports: blocks/card.ts -> src/app/web.ts',
    'delivery-imports: src/delivery/ask.ts -> src/http/click.ts',
    'domain-imports: src/domain/stored.ts -> src/store/rows.ts',
    'domain-node: src/domain/clock.ts -> fs',
    'http-imports: src/http/click.ts -> src/store/rows.ts',
    'no-cycles: src/store/more.ts -> src/store/rows.ts',
    'no-unresolved: blocks/card.ts -> ./lost.ts',
    'workspace-from-outside: src/local.ts -> src/workspace/page.ts',
    'workspace-imports: src/workspace/page.ts -> src/delivery/ask.ts',
  ])
})
