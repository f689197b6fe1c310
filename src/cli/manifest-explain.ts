import { loadManifest } from '../policy/load.ts'
import { formatProblems } from '../policy/problem.ts'
import { type DecisionFile, readDecisionFile } from './decision-file.ts'
import { explanationOf, explanationText } from './explanation.ts'
import { createRehearsal } from './rehearsal.ts'

type Output = { readonly write: (text: string) => unknown }

/** What one window holds already: `index` counts the action's limits from 0. */
export type UsedLimit = { readonly index: number; readonly amount: number }

/**
 * `countersign manifest explain`: what the manifest in a folder makes of one decision, why, and who could approve it.
 * With `json`, one line of JSON on stdout: an `Explanation`, or `{refused}` with the faults that the API would answer,
 * or `{problems}` of the manifest.
 * @param agent null: nobody said who proposes it
 * @param today `YYYY-MM-DD`
 * @param stdin reads the standard input to its end
 * @returns the exit code: 0 explained, 1 the manifest or the decision is faulty, 2 used wrongly
 */
export function manifestExplain(input: {
  readonly dir: string
  readonly decision: string
  readonly agent: string | null
  readonly used: readonly UsedLimit[]
  readonly today: string
  readonly json: boolean
  readonly stdin: () => string
  readonly stdout: Output
  readonly stderr: Output
}): 0 | 1 | 2 {
  const { dir, agent, today, json, stdout, stderr } = input
  const loaded = loadManifest(dir, today)
  if (!loaded.ok) {
    if (json) stdout.write(`${JSON.stringify({ problems: loaded.problems })}\n`)
    else stderr.write(`${formatProblems(loaded.problems)}\nWith this manifest nothing can be explained.\n`)
    return 1
  }
  const { manifest } = loaded
  if (agent === null && manifest.agents !== null) {
    const names = Object.keys(manifest.agents)
    const known = names.length === 0 ? 'none is declared so far' : `declared are ${names.join(', ')}`
    stderr.write(
      `This manifest says what each agent may propose, so say which one proposes this: --agent NAME (${known}).\n`,
    )
    return 2
  }
  const file: DecisionFile = readDecisionFile(input.decision, input.stdin)
  if (!file.ok) {
    stderr.write(file.problem)
    return 1
  }

  const used: number[] = []
  for (const { index, amount } of input.used) used[index] = amount
  const rehearsed = createRehearsal(manifest)({
    agent: agent ?? '',
    body: file.body,
    used,
    today,
    requires: 'checked',
  })
  if (rehearsed.kind === 'refused') {
    const { faults } = rehearsed
    if (json) stdout.write(`${JSON.stringify({ refused: faults, manifest: manifest.digest })}\n`)
    else stderr.write(`The API would refuse this:\n${faults.map(({ message }) => `  - ${message}\n`).join('')}`)
    return 1
  }
  const limits = rehearsed.policy?.limits.length ?? 0
  if (used.length > limits) {
    stderr.write(
      `There is no limit ${used.length}: ${rehearsed.proposal.action} has ${limits === 0 ? 'no limits' : `${limits}, counted from 1`}.\n`,
    )
    return 2
  }
  const explanation = explanationOf(manifest, rehearsed)
  stdout.write(json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, rehearsed, agent, used))
  return 0
}
