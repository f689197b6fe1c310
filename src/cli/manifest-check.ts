import { loadManifest } from '../policy/load.ts'
import { formatProblems, type Problem } from '../policy/problem.ts'

type Output = { readonly write: (text: string) => unknown }

/**
 * `countersign manifest check`: says whether the manifest in a folder can be used, and everything that is wrong with it.
 * Problems go to stderr as text, or to stdout with the result as one line of JSON.
 * @returns the exit code: 0 usable (warnings or not), 1 any error
 */
export function manifestCheck(input: {
  readonly dir: string
  readonly json: boolean
  readonly stdout: Output
  readonly stderr: Output
}): 0 | 1 {
  const { dir, json, stdout, stderr } = input
  const loaded = loadManifest(dir)
  const problems = loaded.ok ? loaded.warnings : loaded.problems
  if (json) {
    const digest = loaded.ok ? loaded.manifest.digest : null
    stdout.write(`${JSON.stringify({ ok: loaded.ok, digest, problems })}\n`)
    return loaded.ok ? 0 : 1
  }
  stderr.write(formatProblems(problems))
  if (!loaded.ok) {
    stderr.write(`\n${tally(problems)}: this manifest cannot be used.\n`)
    return 1
  }
  const actions = counted(Object.keys(loaded.manifest.actions).length, 'action')
  const roles = counted(Object.keys(loaded.manifest.roles).length, 'role')
  const warnings = problems.length === 0 ? 'no warnings' : counted(problems.length, 'warning')
  stdout.write(`${dir} is a good manifest: ${actions}, ${roles}, ${warnings}.\n${loaded.manifest.digest}\n`)
  return 0
}

function tally(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  return warnings === 0 ? counted(errors, 'error') : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
