import { distance } from 'fastest-levenshtein'

/** Something wrong with a manifest, and where: lines and columns count from 1; both are 0 for a folder as a whole. */
export type Problem = {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** `actions.process_refund.conditions`; empty for a file as a whole. */
  readonly path: string
  /** What was found and what is allowed, without a full stop. */
  readonly message: string
  /** A sentence that says what to do, where that is known. */
  readonly suggestion: string | null
}

/**
 * Problems as text for a terminal, one a line, its suggestion below it:
 * `manifests/refunds.yaml:12:5 error: ...`. Empty text for no problems.
 */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('')
}

/** The same on one line and without the severity, for the log and for Slack. */
export function problemLine(problem: Problem): string {
  const { message, suggestion } = problem
  return `${place(problem)}${message}.${suggestion === null ? '' : ` ${suggestion}`}`
}

function formatProblem(problem: Problem): string {
  const { severity, message, suggestion } = problem
  const first = `${place(problem)}${severity}: ${message}.\n`
  return suggestion === null ? first : `${first}    ${suggestion}\n`
}

// What is wrong with a folder as a whole names it in its message.
function place({ file, line, column }: Problem): string {
  return line === 0 ? '' : `${file}:${line}:${column} `
}

/** Problems in the order in which a reader of the files meets them. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) => (a.file === b.file ? 0 : a.file < b.file ? -1 : 1) || a.line - b.line || a.column - b.column,
  )
}

/** "Did you mean `severity`?", where one of the names is close enough to be what was meant. */
export function didYouMean(name: string, among: readonly string[]): string | null {
  const best = nearest(name, among)
  return best === null ? null : `Did you mean \`${best}\`?`
}

function nearest(name: string, among: readonly string[]): string | null {
  const wanted = plain(name)
  const begun = among.find((candidate) => wanted.length >= 4 && plain(candidate).startsWith(wanted))
  if (begun !== undefined) return begun
  const [best] = among
    .map((candidate) => ({ candidate, far: distance(wanted, plain(candidate)) }))
    .toSorted((a, b) => a.far - b.far)
  if (best === undefined || best.far > Math.min(3, Math.floor(wanted.length / 2))) return null
  return best.candidate
}

/** `actions.process_refund.limits[1].sum` */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '')
}
