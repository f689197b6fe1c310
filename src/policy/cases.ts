import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { urgencies } from '../domain/manifest.ts'
import { didYouMean, inFileOrder, type Problem, pathText } from './problem.ts'
import { readShape, shown } from './shape.ts'
import { type ManifestFile, type Place, parseYaml, type YamlFile } from './yaml-file.ts'
import { readYamlFolder } from './yaml-folder.ts'

const text = (allowed: string) => z.string({ error: allowed }).regex(/\S/, { error: allowed })
const routes = ['auto_approve', 'human_review', 'escalate', 'block'] as const
const outcomes = [...routes, 'refused'] as const
const oversights = ['in_the_loop', 'on_the_loop', 'log_and_alert', 'autonomous'] as const
const amountText = 'a number of at least 0'
const levelText = 'a level of the escalation path, counted from 0'
const expectationText = `one of ${outcomes.join(', ')}, or a group of keys such as { route: human_review, role: team_lead }`

const expectation = z
  .strictObject({
    route: z.enum(routes),
    reason: text("a reason's code such as amount_below_limit, or the words of a rule's because"),
    oversight: z.enum(oversights),
    level: z.int({ error: levelText }).min(0, { error: levelText }),
    role: text('the name of a role'),
    urgency: z.enum(urgencies),
    refused: text('the field that the API refuses, such as rationale or parameters.amount_usd'),
  })
  .partial()
  .refine((keys) => Object.keys(keys).length > 0, {
    error: 'at least one key, such as route',
    // A misspelt key is told as such, and nothing more.
    when: ({ issues }) => issues.length === 0,
  })
  .refine((keys) => keys.refused === undefined || Object.keys(keys).length === 1, {
    error: 'nothing beside refused: what is refused has no route',
  })

const caseSchema = z.strictObject({
  name: text('a sentence that says what is tried'),
  agent: text("an agent's name").optional(),
  today: z.iso.date({ error: 'a day that exists, as YYYY-MM-DD' }).optional(),
  used: z
    .array(z.number({ error: amountText }).min(0, { error: amountText }), {
      error: 'a list of numbers, one for each of the limits of the action',
    })
    .optional(),
  decision: z.record(z.string(), z.unknown(), { error: 'a group of keys: what the agent sends' }),
  expect: z.union([z.enum(outcomes), expectation], { error: expectationText }),
})

/** What a policy owner expects of a decision; only the keys that are there are compared. */
export type Expectation = z.infer<typeof expectation>

/** One example of the policy: a decision, the world it meets, and what should become of it. */
export type Case = {
  readonly name: string
  readonly agent: string | null
  /** `YYYY-MM-DD`; null: today. */
  readonly today: string | null
  /** What the windows of the action's limits hold already, in their order. */
  readonly used: readonly number[]
  /** The body of a request as far as it is written down; not checked yet. */
  readonly decision: Readonly<Record<string, unknown>>
  /** `refused`: the API refuses it, whatever the field. */
  readonly expect: 'refused' | Expectation
  readonly file: string
} & Place

export type LoadedCases =
  | { readonly ok: true; readonly cases: readonly Case[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads the examples of a manifest: all `*.yaml` files of the folder `cases` inside its folder, in name order.
 * @param roles what the manifest's roles are called; empty: not known, and every name may be one
 */
export function loadCases(manifestDir: string, roles: readonly string[] = []): LoadedCases {
  const dir = join(manifestDir, 'cases')
  if (!existsSync(dir)) {
    const advice = 'Make it, and write what your policy should do there, e.g. as cases/refunds.yaml.'
    return refused(dir, 'no_cases', `There is no folder \`${dir}\``, advice)
  }
  let files: readonly ManifestFile[]
  try {
    files = readYamlFolder(dir)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return refused(dir, 'unreadable', `\`${dir}\` cannot be read: ${error.message}`, null)
  }
  const read = files.map((file) => readCases(file, roles))
  const problems = [...read.flatMap((each) => each.problems), ...sameNames(read.flatMap((each) => each.cases))]
  if (problems.length > 0) return { ok: false, problems: inFileOrder(problems) }
  const cases = read.flatMap((each) => each.cases)
  // A test that tries nothing must not look like one that has passed.
  if (cases.length === 0)
    return refused(dir, 'no_cases', `There are no cases in \`${dir}\``, 'Write some into a file that ends in .yaml.')
  return { ok: true, cases }
}

type Read = { readonly cases: readonly Case[]; readonly problems: readonly Problem[] }

function sameNames(cases: readonly Case[]): readonly Problem[] {
  const first = new Map<string, Case>()
  return cases.flatMap((each): readonly Problem[] => {
    const { name, file, line, column } = each
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, each)
      return []
    }
    const message = `two cases are called "${name}": this one and that at ${other.file}:${other.line}:${other.column}`
    const suggestion = 'Give each a name of its own.'
    return [{ severity: 'error', code: 'defined_twice', file, line, column, path: 'name', message, suggestion }]
  })
}

function readCases(source: ManifestFile, roles: readonly string[]): Read {
  const parsed = parseYaml(source)
  if (!parsed.ok) return { cases: [], problems: parsed.problems }
  const { file } = parsed
  if (file.value === null || file.value === undefined) return { cases: [], problems: [] }
  if (!Array.isArray(file.value)) {
    const message = `the file is ${shown(file.value)}, but must be a list of cases`
    const suggestion = 'Begin each case with a dash: - name: a small refund passes'
    return { cases: [], problems: [problemAt(file, file.placeOf([]), [], 'wrong_type', message, suggestion)] }
  }
  const read = file.value.map((entry: unknown, index) => readCase(file, entry, index, roles))
  return { cases: read.flatMap((each) => each.cases), problems: read.flatMap((each) => each.problems) }
}

function readCase(file: YamlFile, entry: unknown, index: number, roles: readonly string[]): Read {
  const { value, faults } = readShape(caseSchema, entry, 'a case')
  if (value === null || faults.length > 0) {
    const problems = faults.map(({ at, path, code, message, suggestion }) => {
      const whole = [index, ...path]
      const place = at === 'key' ? file.placeOfKey(whole) : file.placeOf(whole)
      return problemAt(file, place, whole, code, message, suggestion)
    })
    return { cases: [], problems }
  }
  const { name, agent = null, today = null, used = [], decision, expect } = value
  const expected = typeof expect !== 'string' || expect === 'refused' ? expect : { route: expect }
  if (typeof expect !== 'string' && expect.role !== undefined && roles.length > 0 && !roles.includes(expect.role)) {
    const path = [index, 'expect', 'role']
    const message = `the role \`${expect.role}\` is not defined`
    const suggestion = didYouMean(expect.role, roles) ?? `Defined: ${roles.join(', ')}.`
    return { cases: [], problems: [problemAt(file, file.placeOf(path), path, 'unknown_role', message, suggestion)] }
  }
  const place = file.placeOf([index, 'name'])
  return { cases: [{ name, agent, today, used, decision, expect: expected, file: file.path, ...place }], problems: [] }
}

function problemAt(
  file: YamlFile,
  place: Place,
  path: readonly (string | number)[],
  code: string,
  message: string,
  suggestion: string | null,
): Problem {
  return { severity: 'error', code, file: file.path, ...place, path: pathText(path), message, suggestion }
}

function refused(dir: string, code: string, message: string, suggestion: string | null): LoadedCases {
  const whole = { severity: 'error', code, file: dir, line: 0, column: 0, path: '', message, suggestion } as const
  return { ok: false, problems: [whole] }
}
