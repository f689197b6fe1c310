import { counted, duration } from '../domain/difference.ts'
import { limitText } from '../domain/limits.ts'
import type { ActionPolicy, Manifest, Urgency } from '../domain/manifest.ts'
import type { Oversight, Reason, Route } from '../domain/route.ts'
import { attemptMs, timeoutMs } from '../domain/sla-clock.ts'
import { SECOND } from '../domain/time.ts'
import { type Approvers, type Holder, whoMayApprove } from '../domain/who-may-approve.ts'
import type { Rehearsed, Step } from './rehearsal.ts'

/** What `manifest explain --json` prints. */
export type Explanation = {
  readonly route: Route
  readonly oversight: Oversight | null
  /** This and all that follow it up to `approvers` are null where nobody is asked, `urgency` and `reasons` excepted. */
  readonly level: number | null
  readonly role: string | null
  readonly urgency: Urgency
  readonly reasons: readonly Reason[]
  /** In order; a step that could change nothing is not taken and not listed. */
  readonly steps: readonly Step[]
  readonly sla_seconds: number | null
  readonly expires_in_seconds: number | null
  readonly approvals_required: number | null
  readonly approvers: Approvers | null
  /** The manifest's digest. */
  readonly manifest: string
}

type Routed = Extract<Rehearsed, { kind: 'routed' }>

/** All that can be said of a decision before it is proposed. */
export function explanationOf(manifest: Manifest, routed: Routed): Explanation {
  const { routing, steps, policy, role, proposal, interested } = routed
  const { route, oversight, level, urgency, reasons } = routing
  const common = { route, oversight, urgency, reasons, steps, manifest: manifest.digest }
  const nobody = { level: null, role, sla_seconds: null, expires_in_seconds: null, approvals_required: null }
  if (policy === null || role === null) return { ...common, ...nobody, approvers: null }
  const timeout = timeoutMs(policy, proposal.expires_in_seconds)
  return {
    ...common,
    level,
    role,
    sla_seconds: Math.round(attemptMs(policy, urgency, timeout) / SECOND),
    expires_in_seconds: Math.round(timeout / SECOND),
    approvals_required: policy.approvals_required,
    approvers: whoMayApprove(manifest, policy, { role, level }, interested),
  }
}

/** The explanation for people. @param used what each limit's window was said to hold already */
export function explanationText(
  explanation: Explanation,
  routed: Routed,
  agent: string | null,
  used: readonly number[],
): string {
  const { route, manifest } = explanation
  return [
    `${routed.proposal.action}, proposed by ${agent ?? 'an agent that is not named'}: ${route}. ${routeText(route)}\n`,
    section('How the manifest comes to this', stepLines(routed, used)),
    section('What happens then', nextLines(explanation, routed)),
    ...(explanation.approvers === null
      ? []
      : [
          section(
            'Who could approve this now',
            approverLines(explanation.approvers, routed.policy?.approvals_required ?? 1),
          ),
        ]),
    `Manifest ${manifest}\n`,
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function routeText(route: Route): string {
  switch (route) {
    case 'auto_approve':
      return 'It passes without a person.'
    case 'human_review':
      return 'A person decides.'
    case 'escalate':
      return 'A person decides, at the next level where there is one, and it is one step more urgent.'
    case 'block':
      return 'It is refused, and nobody can approve it.'
  }
}

const ORDER = ['controls', 'manifest', 'rules', 'approval', 'limits'] as const

function stepLines(routed: Routed, used: readonly number[]): readonly string[] {
  const rest = ' '.repeat(15)
  return ORDER.flatMap((name, index) => {
    const head = `${index + 1}. ${name.padEnd(10)}`
    const step = routed.steps.find((each) => each.step === name)
    if (step === undefined) return [`${head}  ${notTaken(name, routed)}`]
    const findings = step.findings.map(({ code, message, asks }) => `${rest}- ${message}: speaks for ${asks} (${code})`)
    const windows = name === 'limits' ? windowLines(routed, used).map((line) => `${rest}${line}`) : []
    return [`${head}  ${stepText(step, routed)}`, ...findings, ...windows]
  })
}

function notTaken(name: Step['step'], { routing }: Routed): string {
  if (routing.route === 'block') return 'Not looked at: it is blocked already.'
  return name === 'limits' ? 'Not looked at: limits only hold back what would pass without a person.' : 'Not looked at.'
}

function stepText(step: Step, routed: Routed): string {
  if (step.asks !== null) return `Asks for ${step.asks}.${step.decided ? ' This decides.' : ''}`
  const limits = routed.policy?.limits.length ?? 0
  const rules = routed.policy?.rules.length ?? 0
  switch (step.step) {
    case 'controls':
      return 'Nothing is taken for frozen here.'
    case 'manifest':
      return 'The action is in the manifest, and this agent may propose it.'
    case 'rules':
      return rules === 0 ? 'The action has none.' : `The action has ${counted(rules, 'rule')}, and none holds.`
    case 'approval':
      return 'Asks for nothing.'
    case 'limits':
      return limits === 0 ? 'The action has none.' : 'There is room for this one.'
  }
}

// Numbered as `--used` counts them.
function windowLines({ policy }: Routed, used: readonly number[]): readonly string[] {
  return (policy?.limits ?? []).map(
    (limit, index) => `limit ${index + 1}, ${limitText(limit)}: holds ${used[index] ?? 0} before this one`,
  )
}

function nextLines(explanation: Explanation, { policy }: Routed): readonly string[] {
  const { oversight, urgency, role, level, sla_seconds: sla, expires_in_seconds: expiry } = explanation
  if (oversight === null || policy === null) return ['The agent is told no. Nobody is asked.']
  const first = `Oversight  ${oversight}: ${oversightText(oversight, policy)}`
  if (role === null || level === null || sla === null || expiry === null) return [first]
  const path = policy.escalation_path.map((name, index) => `${index} ${name}`).join(', ')
  const quorum = policy.approvals_required
  return [
    first,
    `Asked      ${role}, level ${level} of the escalation path (${path})`,
    `Urgency    ${urgency}`,
    `Deadline   ${duration(sla)}: an answer is expected by then`,
    `Expiry     ${duration(expiry)}: if nobody has decided by then, it is denied`,
    `Approvals  ${quorum === 1 ? 'one person is enough' : `${quorum} different people have to approve`}`,
  ]
}

function oversightText(oversight: Oversight, { rollback_window_seconds: window }: ActionPolicy): string {
  switch (oversight) {
    case 'in_the_loop':
      return 'it waits until people have decided'
    case 'on_the_loop':
      return `it runs at once, while people watch: they can have it rolled back for ${duration(window)}`
    case 'log_and_alert':
      return 'it runs at once, and people are told'
    case 'autonomous':
      return 'it runs at once, and is recorded'
  }
}

function approverLines(approvers: Approvers, quorum: number): readonly string[] {
  const { people, usergroups, channels, excluded } = approvers
  const lists = usergroups.length + channels.length
  const short =
    lists > 0 || people.length >= quorum
      ? []
      : [
          `${people.length === 0 ? 'Nobody could' : `Only ${counted(people.length, 'person', 'people')} could, and it needs ${quorum}`}: it would be denied when its time runs out.`,
        ]
  return [
    ...people.map(({ who, roles }) => `${who} (${roles.join(', ')})`),
    ...usergroups.map((each) => listText(`everyone in the user group ${each.who}`, each)),
    ...channels.map((each) => listText(`every full member of the channel ${each.who}`, each)),
    ...excluded.map(
      ({ who, because }) => `not ${who}, who ${because === 'requested_by' ? 'asked for this' : 'owns the agent'}`,
    ),
    ...short,
  ]
}

function listText(everyone: string, { roles }: Holder): string {
  return `${everyone}, as Slack says at the click (${roles.join(', ')})`
}
