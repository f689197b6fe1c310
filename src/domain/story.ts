import type { AttemptedAct, AttemptRefused } from './attempt.ts'
import type { Actor, AssignedBecause, DecisionEvent, ErasedBecause } from './event.ts'
import { subjectText } from './freeze.ts'
import type { ServiceEvent } from './service-event.ts'
import { toIso } from './time.ts'
import type { SuspendedBecause, WorkflowEvent } from './workflow-event.ts'

/** An event as the audit log gives it back: what it had sealed is gone where that was erased. */
export type Recalled = Partly<DecisionEvent> | AttemptRefused | Partly<ServiceEvent> | Partly<WorkflowEvent>

type Partly<Event> = Event extends { readonly sealed: infer Sealed }
  ? Omit<Event, 'sealed'> & { readonly sealed: Sealed | null }
  : never

/** One event in plain words. Words of people and agents are in it: show them as text. */
export type Told = {
  /** A sentence without its full stop, e.g. `U012ABCDE1 approved it`. */
  readonly said: string
  /** What somebody wrote with it; null: nothing, or it was erased. */
  readonly quoted: string | null
}

/** Tells one event of a decision, a workflow or the service. @param redact parameters whose values are left out */
export function tell(event: Recalled, redact: readonly string[] = []): Told {
  const who = whoIs(event.actor)
  const say = (what: string, quoted: string | null = null): Told => ({ said: `${who} ${what}`, quoted })
  switch (event.type) {
    case 'decision.submitted': {
      const { action, route, assignment, run } = event.payload
      const step = run === undefined ? '' : ` as step ${run.step + 1} of the workflow ${run.workflow}`
      const asked = assignment === null ? '' : `; ${assignment.role} decides until ${time(assignment.expiresAt)}`
      const { reasons = [], proposal } = event.sealed ?? {}
      const again = event.payload.resubmissionOf
      const of = again === undefined ? '' : `, as ${again.by} wanted ${again.decision} made again`
      const shown = json(withoutValues(proposal?.parameters, redact)) ?? []
      const written = [shown, reasons.map(({ message }) => message)].flat(2)
      return say(`proposed ${action}${step}, which went to ${route}${asked}${of}`, written.join('\n'))
    }
    case 'decision.approved':
      return say(event.payload.complete ? 'approved it' : 'approved it; others have to as well', event.sealed?.note)
    case 'decision.edited':
      return say('changed its parameters', json(withoutValues(event.sealed?.parameters, redact)))
    case 'decision.denied':
      return say('denied it', event.sealed?.reason)
    case 'decision.withdrawn':
      return say('withdrew it', event.sealed?.reason)
    case 'decision.timed_out':
      return { said: 'Nobody decided in time, so it counts as denied', quoted: null }
    case 'decision.resubmitted':
      return say(`had it asked again: it is ${event.payload.decision} now`)
    case 'clarification.requested':
      return say(
        `asked a question; the clocks are stopped until ${time(event.payload.until)} at the latest`,
        event.sealed?.question,
      )
    case 'clarification.answered': {
      const { amendment, expiresAt } = event.payload
      const changed = amendment === null ? '' : ' and changed the parameters, which voids the approvals so far'
      return say(`answered${changed}; it has to be decided until ${time(expiresAt)}`, event.sealed?.answer)
    }
    case 'clarification.expired':
      return { said: 'No answer came in time, and the clocks run again', quoted: null }
    case 'assignment.made': {
      const { user, role, deadline, because } = event.payload
      return { said: `${user} is asked as ${role} until ${time(deadline)}${BECAUSE[because]}`, quoted: null }
    }
    case 'assignment.nudged':
      return { said: `${event.payload.user} was reminded`, quoted: null }
    case 'assignment.exhausted': {
      const why = event.payload.because === 'nobody_available' ? 'is available' : 'is left to ask'
      return { said: `Nobody who may decide ${why}, and operations were told`, quoted: null }
    }
    case 'execution.reported':
      return say(EXECUTION[event.payload.state], event.sealed?.error)
    case 'execution.settled':
      return say(SETTLED[event.payload.verdict])
    case 'rollback.requested':
      return say('asked to roll it back', event.sealed?.reason)
    case 'rollback.reported':
      return say(
        event.payload.state === 'rolled_back' ? 'reported it rolled back' : 'reported that the rollback failed',
        event.sealed?.detail,
      )
    case 'rollback.settled':
      return { said: 'Nobody asked to roll it back in time, so it stands', quoted: null }
    case 'grant.issued':
      return say(`got the grant ${event.payload.grant}, good until ${time(event.payload.expiresAt)}`)
    case 'grant.consumed':
      return say(`used the grant ${event.payload.grant}: it may run, once`)
    case 'outcome.recorded': {
      const { correct, source } = event.payload
      return say(`recorded that it was ${correct ? 'right' : 'wrong'} (${source})`, event.sealed?.note)
    }
    case 'decision.erased':
      return say(`erased what people and agents wrote of it${ERASED[event.payload.because]}`)
    case 'workflow.erased':
      return say('erased what people and agents wrote of it')
    case 'records.erased': {
      const { because, decisions } = event.payload
      return say(`erased what was written of ${count(decisions, 'decision')}${ERASED[because]}`)
    }
    case 'database.restored':
      return say(`restored the database from the backup of ${time(event.payload.backupMadeAt)}`)
    case 'attempt.refused': {
      const { act, code, barred } = event.payload
      const why = barred === undefined ? code : `${code}, ${barred}`
      return say(`was refused ${ATTEMPTED[act]} (${why})`)
    }
    case 'workflow.started': {
      const name = event.sealed?.name ?? null
      return say(`started it: ${count(event.payload.steps, 'step')}${name === null ? '' : `, called "${name}"`}`)
    }
    case 'workflow.step_begun':
      return { said: `Step ${event.payload.index + 1} began: ${event.payload.decision}`, quoted: null }
    case 'workflow.step_completed': {
      const { index, outcome, reviewer } = event.payload
      const by = reviewer === null ? '' : ` by ${reviewer}`
      return { said: `Step ${index + 1} is done (${outcome}${by})`, quoted: event.sealed?.notes ?? null }
    }
    case 'workflow.suspended':
      return say(SUSPENDED[event.payload.because], event.sealed?.reason)
    case 'workflow.resumed':
      return say('had it go on')
    case 'workflow.ended':
      return {
        said: `It ended as ${event.payload.status} (${event.payload.code})`,
        quoted: event.sealed?.reason ?? null,
      }
    case 'manifest.in_force': {
      const { from, to, on, changed } = event.payload
      const what = from === null ? `put the first manifest in force, ${to}` : `replaced the manifest ${from} by ${to}`
      const changes = event.sealed?.changes.map(({ message }) => message).join('\n') ?? null
      return say(`${what} (${on}; ${count(changed, 'change')})`, changes)
    }
    case 'freeze.set':
      return say(`froze ${subjectText(event.payload.subject)}`, event.sealed?.reason)
    case 'deliveries.replayed': {
      const { count, first } = event.payload
      const more = count > first.length ? ` and ${count - first.length} more` : ''
      return say(`queued ${count === 1 ? 'a delivery' : `${count} deliveries`} again: ${first.join(', ')}${more}`)
    }
    case 'freeze.lifted':
      return say(`lifted the freeze of ${subjectText(event.payload.subject)}`, event.sealed?.reason)
  }
}

const BECAUSE: Readonly<Record<AssignedBecause, string>> = {
  submitted: '',
  deadline_missed: ', since the one before let the time pass',
  not_eligible: ', since the one before may not decide any more',
  delegated: ', by delegation',
  by_hand: ', as somebody has said',
}

const ERASED: Readonly<Record<ErasedBecause, string>> = {
  named: '',
  retention: ', since it ended longer ago than it is kept',
}

const ATTEMPTED: Readonly<Record<AttemptedAct, string>> = {
  approve: 'to approve it',
  edit: 'to approve it with changes',
  deny: 'to deny it',
  clarify: 'to ask a question',
  roll_back: 'to have it rolled back',
  settle: 'to say whether it ran',
  judge: 'to say whether it was right',
  ask_again: 'to have it asked again',
}

const EXECUTION = {
  not_started: 'has not started it',
  started: 'started it',
  succeeded: 'reported it done',
  failed: 'reported that it failed',
  unknown: 'does not know whether it ran',
} as const

const SETTLED = {
  ran: 'said that it ran',
  did_not_run: 'said that it did not run',
  try_again: 'had it tried again',
} as const

const SUSPENDED: Readonly<Record<SuspendedBecause, string>> = {
  paused: 'paused it',
  rolled_back: 'stopped it, because a step is being rolled back',
  frozen: 'stopped it, because people have frozen it',
  unknown: 'stopped it, because nobody knows whether a step ran',
}

function whoIs(actor: Actor | ServiceEvent['actor']): string {
  switch (actor.kind) {
    case 'agent':
      return `The agent ${actor.agent} (${actor.key})`
    case 'person':
      return actor.user
    case 'clock':
      return 'Time'
    case 'engine':
      return 'Countersign'
    case 'operator':
      return 'An operator'
    case 'system':
      return 'The system that was asked'
  }
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** The same with what is redacted named as that, at any depth. */
function withoutValues(value: unknown, redact: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutValues(each, redact))
  if (typeof value !== 'object' || value === null) return value
  const shown = Object.entries(value).map(([name, each]: [string, unknown]) => [
    name,
    redact.includes(name) ? '(redacted)' : withoutValues(each, redact),
  ])
  return Object.fromEntries(shown)
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

function time(at: number): string {
  return `${toIso(at).slice(0, 19).replace('T', ' ')} UTC`
}
