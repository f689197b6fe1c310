import type { FieldFault } from '../app/ports.ts'
import { counted } from '../domain/difference.ts'
import type { Manifest } from '../domain/manifest.ts'
import { type Case, type Expectation, loadCases } from '../policy/cases.ts'
import { loadManifest } from '../policy/load.ts'
import { formatProblems, type Problem } from '../policy/problem.ts'
import { createRehearsal, type Rehearsed, type Scene } from './rehearsal.ts'

type Output = { readonly write: (text: string) => unknown }

/** One key of what was expected, and what was found instead; null: there is no such thing. */
type Difference = { readonly key: string; readonly expected: string; readonly found: string | null }

type Tried = {
  readonly case: Case
  readonly differences: readonly Difference[]
  /** Why it was routed as it was, or refused; in words. */
  readonly why: readonly string[]
}

/**
 * `countersign manifest test`: tries every case of a manifest's `cases` folder. Results go to stdout, one line a case
 * and more for one that fails, or as one line of JSON: `{ok, manifest, cases: [{name, file, line, column, passed,
 * differences, why}]}`, or `{ok: false, problems}`.
 * @param today `YYYY-MM-DD`, for cases that name no day
 * @returns the exit code: 0 all as expected, 1 any difference, or a faulty manifest or case
 */
export function manifestTest(input: {
  readonly dir: string
  readonly today: string
  readonly json: boolean
  readonly stdout: Output
  readonly stderr: Output
}): 0 | 1 {
  const { dir, today, json, stdout, stderr } = input
  const loaded = loadManifest(dir, today)
  const read = loadCases(dir, loaded.ok ? Object.keys(loaded.manifest.roles) : [])
  if (!loaded.ok || !read.ok) {
    const problems: readonly Problem[] = [...(loaded.ok ? [] : loaded.problems), ...(read.ok ? [] : read.problems)]
    if (json) stdout.write(`${JSON.stringify({ ok: false, problems })}\n`)
    else stderr.write(`${formatProblems(problems)}\nNothing was tried.\n`)
    return 1
  }
  const tried = tryCases(loaded.manifest, read.cases, today)
  const failed = tried.filter(({ differences }) => differences.length > 0).length
  stdout.write(json ? `${JSON.stringify(asJson(loaded.manifest, tried))}\n` : `${asText(tried, failed)}\n`)
  return failed === 0 ? 0 : 1
}

function tryCases(manifest: Manifest, cases: readonly Case[], today: string): readonly Tried[] {
  const rehearse = createRehearsal(manifest)
  return cases.map((each) => {
    const tried = tryCase(rehearse, each, today)
    if (manifest.agents === null || each.agent !== null) return tried
    const expected = 'a name, because the manifest says what each agent may propose'
    return { ...tried, differences: [{ key: 'agent', expected, found: null }] }
  })
}

function tryCase(rehearse: (scene: Scene) => Rehearsed, each: Case, today: string): Tried {
  const { decision, expect, agent, used } = each
  const refusal = expect === 'refused' || expect.refused !== undefined
  const rehearsed = rehearse({
    agent: agent ?? '',
    // An agent must say what its confidence rests on; the route does not depend on it.
    body: { confidence_basis: 'left out of the case', ...decision },
    used,
    today: each.today ?? today,
    // Like the fields that an action `requires`: to leave them out is a mistake only where the refusal is what is tried.
    requires: refusal ? 'checked' : 'ignored',
  })
  const differences =
    rehearsed.kind === 'refused'
      ? refusedDifferences(expect, rehearsed.faults)
      : routedDifferences(expect, rehearsed, used.length)
  return { case: each, differences, why: whyOf(rehearsed) }
}

function refusedDifferences(expect: Case['expect'], faults: readonly FieldFault[]): readonly Difference[] {
  if (expect === 'refused') return []
  const fields = faults.map(({ pointer }) => fieldName(pointer))
  if (expect.refused === undefined)
    return Object.entries(expect).map(([key, value]) => ({ key, expected: String(value), found: 'refused by the API' }))
  if (fields.includes(expect.refused)) return []
  return [{ key: 'refused', expected: expect.refused, found: fields.join(', ') }]
}

function routedDifferences(
  expect: Case['expect'],
  routed: Extract<Rehearsed, { kind: 'routed' }>,
  windows: number,
): readonly Difference[] {
  const { routing, role, policy } = routed
  if (expect === 'refused') return [{ key: 'route', expected: 'refused by the API', found: routing.route }]
  const limits = policy?.limits.length ?? 0
  if (windows > limits)
    return [{ key: 'used', expected: `${counted(limits, 'number')} (one for each limit)`, found: String(windows) }]
  const found: Readonly<Record<Exclude<keyof Expectation, 'reason'>, string | null>> = {
    route: routing.route,
    oversight: routing.oversight,
    level: role === null ? null : String(routing.level),
    role,
    urgency: routing.urgency,
    refused: null,
  }
  const { reason, ...keys } = expect
  return [
    ...Object.entries(found).flatMap(([key, value]) => {
      const wanted = Object.entries(keys).find(([name]) => name === key)?.[1]
      return wanted === undefined || String(wanted) === value ? [] : [{ key, expected: String(wanted), found: value }]
    }),
    ...(reason === undefined ? [] : reasonDifferences(reason, routed)),
  ]
}

/** A reason that is true and asked for another route is not why this one was taken. */
function reasonDifferences(
  expected: string,
  { routing, steps }: Extract<Rehearsed, { kind: 'routed' }>,
): readonly Difference[] {
  const deciding = steps.flatMap(({ findings }) => findings.filter(({ asks }) => asks === routing.route))
  if (deciding.some(({ code, message }) => code === expected || message === expected)) return []
  return [{ key: 'reason', expected, found: deciding.map(({ code }) => code).join(', ') }]
}

function whyOf(rehearsed: Rehearsed): readonly string[] {
  if (rehearsed.kind === 'refused')
    return rehearsed.faults.map(({ message }) => `the API would refuse this: ${message}`)
  return rehearsed.steps.flatMap(({ findings }) =>
    findings.map(({ code, message, asks }) => `${message}: speaks for ${asks} (${code})`),
  )
}

/** `/parameters/amount_usd` as a policy owner writes it: `parameters.amount_usd`. */
function fieldName(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
}

function asText(tried: readonly Tried[], failed: number): string {
  const lines = tried.flatMap(({ case: { name, file, line, column }, differences, why }) => {
    if (differences.length === 0) return [`ok      ${name}`]
    return [
      `FAILED  ${name}`,
      `        ${file}:${line}:${column}`,
      ...differences.map(
        ({ key, expected, found }) => `        ${key}: expected ${expected}, found ${found ?? 'none'}`,
      ),
      '        because',
      ...why.map((each) => `          - ${each}`),
    ]
  })
  const cases = counted(tried.length, 'case')
  const tally =
    failed === 0 ? `${cases}, all as expected.` : `${cases}: ${tried.length - failed} as expected, ${failed} not.`
  return [...lines, '', tally].join('\n')
}

function asJson(manifest: Manifest, tried: readonly Tried[]) {
  return {
    ok: tried.every(({ differences }) => differences.length === 0),
    manifest: manifest.digest,
    cases: tried.map(({ case: { name, file, line, column }, differences, why }) => ({
      name,
      file,
      line,
      column,
      passed: differences.length === 0,
      differences,
      why,
    })),
  }
}
