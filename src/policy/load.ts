import { existsSync } from 'node:fs'
import type { Manifest } from '../domain/manifest.ts'
import { impossiblePolicies, undefinedNames } from '../domain/manifest-checks.ts'
import { fillDefaults } from '../domain/manifest-defaults.ts'
import type { Finding } from '../domain/manifest-finding.ts'
import { type Assembled, assemble } from './assemble.ts'
import { schemaFaults } from './parameters-schema.ts'
import { didYouMean, inFileOrder, type Problem, pathText } from './problem.ts'
import { ruleFindings } from './rule-findings.ts'
import { type ManifestFile, parseYaml } from './yaml-file.ts'
import { readYamlFolder } from './yaml-folder.ts'

/** A usable manifest with its warnings, or everything that keeps it from being one (warnings included). */
export type Loaded =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads all `*.yaml` and `*.yml` files of a folder, in name order, as one manifest. Problems call the files by the
 * folder's path as given. A folder that can't be read is a problem, too.
 * @param today `YYYY-MM-DD`, the day on which evidence has to hold; the day in UTC where it is left out
 */
export function loadManifest(dir: string, today = new Date().toISOString().slice(0, 10)): Loaded {
  let files: readonly ManifestFile[]
  try {
    files = readYamlFolder(dir)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { ok: false, problems: [unreadable(dir, error)] }
  }
  if (files.length === 0) {
    const suggestion = 'Put a file that ends in .yaml there, or set MANIFESTS_DIR to the folder that has them.'
    return { ok: false, problems: [wholeFolder(dir, 'no_files', `There is no manifest in \`${dir}\``, suggestion)] }
  }
  return parseManifest(files, today)
}

function unreadable(dir: string, error: NodeJS.ErrnoException): Problem {
  const { code, message } = error
  // A file in the folder can be what is missing: a link that leads nowhere.
  if ((code === 'ENOENT' || code === 'ENOTDIR') && !existsSync(dir)) {
    const advice = 'Give the folder with the manifest files, or set MANIFESTS_DIR.'
    return wholeFolder(dir, 'unreadable', `There is no folder \`${dir}\``, advice)
  }
  if (code === 'ENOTDIR')
    return wholeFolder(dir, 'unreadable', `\`${dir}\` is a file`, 'Give the folder that it is in.')
  return wholeFolder(dir, 'unreadable', `\`${dir}\` cannot be read: ${message}`, null)
}

/**
 * The manifest that files mean together, or all their problems at once, in file order.
 * @param today `YYYY-MM-DD`; left out: evidence is not compared with a day
 */
export function parseManifest(files: readonly ManifestFile[], today?: string): Loaded {
  const parsed = files.map(parseYaml)
  const syntax = parsed.flatMap((each) => (each.ok ? [] : each.problems))
  const assembled = assemble(
    parsed.flatMap((each) => (each.ok ? [each.file] : [])),
    syntax.length === 0,
  )
  const problems = [...syntax, ...assembled.problems, ...contentProblems(assembled, today ?? null)]
  if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems: inFileOrder(problems) }
  return { ok: true, manifest: fillDefaults(assembled.document), warnings: inFileOrder(problems) }
}

// These follow from what is not there, and in an entry that was not read whole it may well be there.
const fromAbsence: ReadonlySet<string> = new Set([
  'no_actions',
  'no_roles',
  'no_administrators',
  'no_role',
  'no_calendar',
  'empty_role',
  'quorum_unreachable',
  'risk_not_accepted',
  'conditions_unused',
  'evidence_run_out',
  'limit_by_agent_choice',
  'sla_does_not_fit',
])

function contentProblems(assembled: Assembled, today: string | null): readonly Problem[] {
  const { document, known, damaged, wholeFiles } = assembled
  const names = wholeFiles ? undefinedNames(document, known) : []
  const frame = wholeFiles && ![...damaged].some((entry) => !entry.startsWith('actions.'))
  const policies = impossiblePolicies(document, fillDefaults(document), today).filter(({ code, path }) => {
    if (!fromAbsence.has(code)) return true
    return frame && (code === 'no_actions' ? damaged.size === 0 : !damaged.has(pathText(path.slice(0, 2))))
  })
  const rules = Object.entries(document.actions).flatMap(([name, action]) => ruleFindings(name, action))
  return [
    ...[...names, ...policies, ...schemaFindings(assembled)].map((finding) => located(finding, assembled)),
    ...rules.map((finding) => located(finding, assembled, finding.at)),
  ]
}

function schemaFindings({ document }: Assembled): readonly Finding[] {
  return Object.entries(document.actions).flatMap(([name, action]) => {
    if (action.parameters_schema === undefined) return []
    return schemaFaults(action.parameters_schema).map(({ path, message }) => ({
      severity: 'error' as const,
      code: 'schema_invalid',
      path: ['actions', name, 'parameters_schema', ...path],
      message: `the parameters_schema of \`${name}\` is not a valid JSON Schema (2020-12): ${message}`,
    }))
  })
}

function located(finding: Finding, assembled: Assembled, character = 0): Problem {
  const { severity, code, path, message, misspelt, advice } = finding
  const nearest = misspelt === undefined ? null : didYouMean(misspelt.name, misspelt.among)
  const defined = misspelt === undefined ? null : definedText(misspelt.among)
  return {
    severity,
    code,
    ...assembled.placeOf(path, character),
    path: pathText(path),
    message,
    suggestion: nearest ?? advice ?? defined,
  }
}

function definedText(names: readonly string[]): string {
  if (names.length === 0) return 'None is defined so far.'
  const shown = names.slice(0, 10).map((name) => `\`${name}\``)
  return `Defined: ${shown.join(', ')}${names.length > shown.length ? ', ...' : ''}.`
}

function wholeFolder(dir: string, code: string, message: string, suggestion: string | null): Problem {
  return { severity: 'error', code, file: dir, line: 0, column: 0, path: '', message, suggestion }
}
