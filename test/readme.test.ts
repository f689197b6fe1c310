/**
 * Everything that README.md tells people to run or write is run here as it stands there.
 * Seen to fail: with a misspelt option in the README's `keys create`, with a missing comma in its curl body, and with an
 * unknown key in its manifest; with another deadline in its explanation, and with another route in its cases.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseManifest } from '../src/policy/load.ts'
import { type LocalStart, startLocally } from './browser/local-start.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const run = promisify(execFile)

function blocks(language: string): readonly string[] {
  return [...README.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '')
}

describe('the README', () => {
  let local: LocalStart
  const folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'))
  const env = { ...process.env, DATABASE_URL: `sqlite:${join(folder, 'c.db')}` }

  beforeAll(async () => {
    local = await startLocally()
  })
  afterAll(async () => {
    await local?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('starts and tests the project with the scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(blocks('bash')).toContain('npm install && npm start\n')
    expect(blocks('bash')).toContain('npm install && npm test\n')
    // The same command that the browser tests start.
    expect(scripts.start).toBe('node dist/src/cli/main.js start')
    expect(scripts.prepare).toBe('npm run build')
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('npm install\n')
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('npm test')
  })

  it('proposes a decision with its curl command', async () => {
    const command = blocks('bash').find((text) => text.startsWith('curl')) ?? ''
    const here = command.replace('http://127.0.0.1:3000', local.apiUrl)
    const { stdout } = await run('bash', ['-c', here], { env: { ...process.env, COUNTERSIGN_KEY: local.key } })
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'pending',
      route: 'human_review',
      parameters: { amount_usd: 120 },
    })
  })

  it('uses a grant with its second curl command, once', async () => {
    const [, command = ''] = blocks('bash').filter((text) => text.startsWith('curl'))
    const [, offered = ''] = /"parameters\\": (\{.*\})\n/.exec(command) ?? []
    const parameters: unknown = JSON.parse(offered.replaceAll('\\"', '"'))
    const response = await fetch(`${local.apiUrl}/v1/decisions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${local.key}`,
        'content-type': 'application/json',
        'idempotency-key': 'machine-7',
      },
      body: JSON.stringify({
        action: 'provision_cloud_resource',
        parameters,
        confidence: 0.9,
        confidence_basis: 'It was asked for.',
      }),
    })
    const { id, grant } = Object(await response.json())
    const here = command.replace('http://127.0.0.1:3000', local.apiUrl)
    const consume = (key: string) =>
      run('bash', ['-c', here.replace('machine-7', key)], {
        env: { ...process.env, COUNTERSIGN_KEY: local.key, GRANT: String(grant) },
      })
    expect(JSON.parse((await consume('run-1')).stdout)).toMatchObject({ decision_id: id, parameters })
    expect(JSON.parse((await consume('run-2')).stdout)).toMatchObject({ status: 410, code: 'consumed' })
    // Single use is what checking alone cannot see.
    const [, claims = ''] = String(grant).split('.')
    const { iss: issuer } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const options = {
      jwksUrl: `${local.apiUrl}/.well-known/jwks.json`,
      issuer,
      action: 'provision_cloud_resource',
      parameters,
    }
    const program = `import { verifyGrant } from 'countersign/verify'
      console.log(JSON.stringify(await verifyGrant(${JSON.stringify(grant)}, ${JSON.stringify(options)})))`
    const checked = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT })
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, claims: { sub: id } })
  })

  it('names countersign commands that work', async () => {
    const commands = [...README.matchAll(/npx countersign ([^`\n)]*)/g)].map(([, words]) => (words ?? '').trim())
    expect(commands.length).toBeGreaterThanOrEqual(4)
    for (const words of commands) {
      const args = words.replace(' [FOLDER]', '').split(' ')
      const { stdout } = await run(process.execPath, ['dist/src/cli/main.js', ...args], { cwd: ROOT, env })
      expect(stdout, words).not.toBe('')
    }
  }, 90_000) // A process for each of them.

  it('shows a manifest that loads without any problem', () => {
    const [text = ''] = blocks('yaml')
    expect(parseManifest([{ path: 'readme.yaml', text }])).toMatchObject({ ok: true, warnings: [] })
  })

  it('shows an explanation as it is printed', async () => {
    const args = ['dist/src/cli/main.js', 'manifest', 'explain', '--decision', 'examples/refund.yaml']
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, env })
    const shown = blocks('text').find((text) => text.startsWith('process_refund')) ?? 'nothing'
    expect(stdout.replace(/\nManifest sha256:\w+\n$/, '')).toBe(shown)
  })

  it('shows cases that the example manifest passes', async () => {
    const cases = blocks('yaml').find((text) => text.startsWith('- name: ')) ?? ''
    cpSync(join(ROOT, 'manifests'), join(folder, 'manifests'), { recursive: true })
    writeFileSync(join(folder, 'manifests/cases/readme.yaml'), cases)
    const args = [join(ROOT, 'dist/src/cli/main.js'), 'manifest', 'test', 'manifests']
    const { stdout } = await run(process.execPath, args, { cwd: folder, env })
    expect(stdout).toContain('ok      a small refund passes\nok      not when the limits are used up\n')
  })

  it('links to files that exist', () => {
    const links = [...README.matchAll(/\]\(((?!http)[^)#]+)\)/g)].map(([, path]) => path ?? '')
    expect(links.length).toBeGreaterThan(4)
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
