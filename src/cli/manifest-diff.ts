import type { Manifest } from '../domain/manifest.ts'
import { type ManifestChange, manifestChanges } from '../domain/manifest-diff.ts'
import { loadManifest } from '../policy/load.ts'
import { formatProblems } from '../policy/problem.ts'

type Output = { readonly write: (text: string) => unknown }

/**
 * `countersign manifest diff A B`: says in words what changes from the manifest in one folder to that in another, on
 * stdout: as text, or as one line of JSON, `{ok, changes, before, after}` with the two digests. Errors of either go to
 * stderr, or into that line: `{ok: false, problems}`.
 * @returns the exit code: 0 they could be compared, whether they differ or not; 1 one of them has an error
 */
export function manifestDiff(input: {
  readonly before: string
  readonly after: string
  readonly json: boolean
  readonly stdout: Output
  readonly stderr: Output
}): 0 | 1 {
  const { json, stdout, stderr } = input
  const before = loadManifest(input.before)
  const after = loadManifest(input.after)
  if (!before.ok || !after.ok) {
    if (json) {
      const problems = [before, after].flatMap((loaded) => (loaded.ok ? [] : loaded.problems))
      stdout.write(`${JSON.stringify({ ok: false, problems })}\n`)
      return 1
    }
    for (const { loaded, dir } of [
      { loaded: before, dir: input.before },
      { loaded: after, dir: input.after },
    ]) {
      if (!loaded.ok) stderr.write(`${formatProblems(loaded.problems)}${dir} cannot be compared: it has an error.\n`)
    }
    return 1
  }
  const changes = manifestChanges(before.manifest, after.manifest)
  if (json) {
    const digests = { before: before.manifest.digest, after: after.manifest.digest }
    stdout.write(`${JSON.stringify({ ok: true, changes, ...digests })}\n`)
    return 0
  }
  stdout.write(diffText(changes, before.manifest, after.manifest))
  return 0
}

function diffText(changes: readonly ManifestChange[], before: Manifest, after: Manifest): string {
  if (changes.length === 0) return `Nothing changed: both mean the same policy.\n${before.digest}\n`
  const entries = [...entriesOf(before), ...entriesOf(after)]
  const groups = new Map<string, string>()
  for (const change of changes) {
    const entry = entryOf(change.path, entries)
    groups.set(entry, `${groups.get(entry) ?? `${entry}\n`}${changeText(change)}`)
  }
  return `${[...groups.values()].join('\n')}\n${tally(changes)}\n${before.digest} -> ${after.digest}\n`
}

/** `roles.support_lead`, `actions.process_refund`, ... */
function entriesOf({ roles, calendars, agents, actions }: Manifest): readonly string[] {
  return Object.entries({ roles, calendars, agents, actions }).flatMap(([section, group]) =>
    Object.keys(group ?? {}).map((name) => `${section}.${name}`),
  )
}

// Names may have dots of their own: the longest one that fits is meant.
function entryOf(path: string, entries: readonly string[]): string {
  const fitting = entries.filter(
    (entry) => path === entry || path.startsWith(`${entry}.`) || path.startsWith(`${entry}[`),
  )
  const [longest] = fitting.toSorted((a, b) => b.length - a.length)
  return longest ?? path.split('.').slice(0, 1).join('')
}

function changeText({ message, effect }: ManifestChange): string {
  return `  ${(effect ?? '').padEnd(8)}  ${message}\n`
}

function tally(changes: readonly ManifestChange[]): string {
  const looser = changes.filter(({ effect }) => effect === 'looser').length
  const stricter = changes.filter(({ effect }) => effect === 'stricter').length
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`
  return `${count}: ${looser} looser (people are asked less often, or fewer of them), ${stricter} stricter (more often, or more of them), ${changes.length - looser - stricter} neither or it depends.`
}
