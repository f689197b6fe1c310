import type { z } from 'zod'
import { actionSchema } from '../domain/action-document.ts'
import type { Known } from '../domain/manifest-checks.ts'
import {
  agentSchema,
  calendarSchema,
  type DefaultsDocument,
  defaultsSchema,
  type ManifestDocument,
  roleSchema,
} from '../domain/manifest-document.ts'
import { namePattern } from '../domain/manifest-field.ts'
import { didYouMean, type Problem, pathText } from './problem.ts'
import { readShape, type ShapeFault, shown } from './shape.ts'
import type { YamlFile } from './yaml-file.ts'

/** All files as one document, with what is wrong with the shape of each entry. */
export type Assembled = {
  /** Only what could be read: entries without their faulty keys. */
  readonly document: ManifestDocument
  readonly problems: readonly Problem[]
  readonly known: Known
  /** Paths of entries (`actions.process_refund`) that were not read whole. */
  readonly damaged: ReadonlySet<string>
  /** No section was skipped as a whole, so a name that is not known is not defined. */
  readonly wholeFiles: boolean
  /** `character`: how many characters into the text there, where that can be said. */
  readonly placeOf: (
    path: Path,
    character?: number,
  ) => { readonly file: string; readonly line: number; readonly column: number }
}

type Path = readonly (string | number)[]
type Section = 'roles' | 'calendars' | 'agents' | 'actions'
type Group = Readonly<Record<string, unknown>>

const sections: readonly ['defaults', ...Section[]] = ['defaults', 'roles', 'calendars', 'agents', 'actions']
const nouns = {
  defaults: 'defaults',
  roles: 'a role',
  calendars: 'a calendar',
  agents: 'an agent',
  actions: 'an action',
}

/**
 * Puts files together: shapes are checked entry by entry, and what stands in two files is reported with both places.
 * @param allFiles false: some file could not be parsed, so names may be defined that nobody here knows
 */
export function assemble(files: readonly YamlFile[], allFiles: boolean): Assembled {
  const problems: Problem[] = []
  const damaged = new Set<string>()
  const owners = new Map<string, YamlFile>()
  let wholeFiles = allFiles

  const report = (
    file: YamlFile,
    at: 'key' | 'value',
    path: Path,
    rest: Pick<Problem, 'code' | 'message' | 'suggestion'>,
  ) => {
    const place = at === 'key' ? file.placeOfKey(path) : file.placeOf(path)
    problems.push({ severity: 'error', file: file.path, ...place, path: pathText(path), ...rest })
  }
  const reportFaults = (file: YamlFile, entry: Path, faults: readonly ShapeFault[]) => {
    if (faults.length > 0) damaged.add(pathText(entry))
    for (const { at, path, code, message, suggestion } of faults) {
      report(file, at, [...entry, ...path], { code, message, suggestion })
    }
  }
  /** Whether this file is the first to define the entry; reports the second place otherwise. */
  const claim = (file: YamlFile, path: Path, what: string): boolean => {
    const owner = owners.get(pathText(path))
    if (owner === undefined) {
      owners.set(pathText(path), file)
      return true
    }
    const { line, column } = owner.placeOfKey(path)
    const message = `${what} \`${path.at(-1)}\` is defined twice: here and at ${owner.path}:${line}:${column}`
    report(file, 'key', path, { code: 'defined_twice', message, suggestion: 'Keep one of the two.' })
    return false
  }
  /** The section of each file, where it has one of the right kind. */
  const groups = (section: (typeof sections)[number]): readonly (readonly [YamlFile, Group])[] =>
    files.flatMap((file) => {
      if (!isGroup(file.value) || !Object.hasOwn(file.value, section)) return []
      const group = file.value[section]
      if (isGroup(group)) return [[file, group] as const]
      wholeFiles = false
      const message = `\`${section}\` is ${shown(group)}, but must be a group of keys`
      const suggestion = Array.isArray(group) ? 'Write each name with a colon after it, and no dash before it.' : null
      report(file, 'value', [section], { code: 'wrong_type', message, suggestion })
      return []
    })
  const read = <Value>(
    section: Section,
    schema: z.ZodType<Value> & { readonly shape: object },
  ): Readonly<Record<string, Value>> => {
    const entries: [string, Value][] = []
    for (const [file, group] of groups(section)) {
      for (const [name, entry] of Object.entries(group)) {
        const path = [section, name]
        if (!namePattern.test(name)) {
          const message = `\`${name}\` can't be the name of ${nouns[section]}`
          const suggestion =
            section === 'roles' && name.includes('@')
              ? 'Give the role a name such as support_lead, and put the person into its members.'
              : 'Names begin with a letter and have letters, digits and _ . : - only, at most 100.'
          damaged.add(pathText(path))
          report(file, 'key', path, { code: 'bad_name', message, suggestion })
          continue
        }
        if (!claim(file, path, nouns[section].replace(/^an? /, 'the '))) continue
        if (!isGroup(entry) && Object.hasOwn(schema.shape, name)) {
          const message = `\`${name}\` is a key of ${nouns[section]}, but stands where the name of one is expected`
          const suggestion = 'Move it to the right, in line with the other keys below that name.'
          damaged.add(pathText(path))
          report(file, 'key', path, { code: 'misplaced_key', message, suggestion })
          continue
        }
        const { value, faults } = readShape(schema, entry, nouns[section])
        reportFaults(file, path, faults)
        if (value !== null) entries.push([name, value])
      }
    }
    return Object.fromEntries(entries)
  }

  for (const file of files) wholeFiles = topLevel(file, report) && wholeFiles
  let defaults: DefaultsDocument = {}
  for (const [file, group] of groups('defaults')) {
    const own = Object.entries(group).filter(([key]) => claim(file, ['defaults', key], 'the default'))
    const { value, faults } = readShape(defaultsSchema, Object.fromEntries(own), nouns.defaults)
    reportFaults(file, ['defaults'], faults)
    defaults = { ...defaults, ...value }
  }
  const roles = read('roles', roleSchema)
  const calendars = read('calendars', calendarSchema)
  const agents = read('agents', agentSchema)
  const actions = read('actions', actionSchema)
  const declaresAgents = files.some(({ value }) => isGroup(value) && Object.hasOwn(value, 'agents'))

  const named = (section: Section) =>
    new Set(
      [...owners.keys()].filter((path) => path.startsWith(`${section}.`)).map((path) => path.slice(section.length + 1)),
    )
  return {
    document: { defaults, roles, calendars, agents: declaresAgents ? agents : null, actions },
    problems,
    known: { roles: named('roles'), calendars: named('calendars'), actions: named('actions') },
    damaged,
    wholeFiles,
    placeOf: (path, character) => {
      const file =
        owners.get(pathText(path.slice(0, 2))) ??
        files.find(({ value }) => isGroup(value) && Object.hasOwn(value, String(path[0]))) ??
        files[0]
      return file === undefined
        ? { file: '', line: 1, column: 1 }
        : { file: file.path, ...file.placeOf(path, character) }
    },
  }
}

type Report = (
  file: YamlFile,
  at: 'key' | 'value',
  path: Path,
  rest: Pick<Problem, 'code' | 'message' | 'suggestion'>,
) => void

function topLevel(file: YamlFile, report: Report): boolean {
  // An empty file, or one of comments only, says nothing.
  if (file.value === null || file.value === undefined) return true
  if (!isGroup(file.value)) {
    const message = `the file is ${shown(file.value)}, but must be a group of keys`
    report(file, 'value', [], { code: 'wrong_type', message, suggestion: `Allowed here: ${sections.join(', ')}.` })
    return false
  }
  const unknown = Object.keys(file.value).filter((key) => !sections.some((section) => section === key))
  for (const key of unknown) {
    const message = `\`${key}\` is not a top-level key of a manifest`
    report(file, 'key', [key], {
      code: 'unknown_key',
      message,
      suggestion: didYouMean(key, sections) ?? indentAdvice(file.value) ?? `Allowed here: ${sections.join(', ')}.`,
    })
  }
  // A section whose name is misspelt defines names that nobody here knows.
  return !unknown.some((key) => didYouMean(key, ['roles', 'calendars', 'agents', 'actions']) !== null)
}

// A section without entries has probably lost them to the left margin.
function indentAdvice(file: Group): string | null {
  const empty = sections.find((section) => Object.hasOwn(file, section) && file[section] === null)
  return empty === undefined ? null : `If it is part of \`${empty}\`, move it and the lines below it to the right.`
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
