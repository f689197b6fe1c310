import type { RichTextBlockElement, RichTextSection } from '@slack/types'
import type { Checklist, ChecklistStep, Standing, StepState } from '../src/domain/checklist.ts'
import type { Message } from './approval-card.ts'
import { isPlainWords, oneLine } from './escape.ts'
import { grouped } from './exact-json.ts'
import { clipped, HEADER_TEXT } from './limits.ts'
import { proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase } from './phrase.ts'
import { bold, code, emoji, italic, plain, richText, say, section, words } from './rich-text.ts'

/** How many steps are shown before the one at hand, and after it; the others are counted. */
const BEFORE = 6
const AFTER = 8
/** What of somebody's text stands in a line. */
const NAME = 120
const TOLD = 160
const WRITTEN = 900

/**
 * What heads the thread of a workflow: what it is, how it stands, and its steps with their states. What agents and people
 * wrote is never interpreted, and what an agent tells of its own work is marked as that.
 */
export function checklist(list: Checklist): Message {
  const { name, ref, agent, requestedBy, steps } = list
  const title = `Plan: ${oneLine(name ?? ref.id)}`
  const asker = requestedBy === null ? [] : [say(' for '), words(clipped(oneLine(requestedBy), NAME))]
  const id = name === null ? [] : [say('  ·  '), code(clipped(oneLine(ref.id), NAME))]
  const about = section(say('By '), words(clipped(oneLine(agent), NAME)), ...asker, ...id)
  return {
    blocks: [
      { type: 'header', text: plain(clipped(title, HEADER_TEXT)) },
      richText(about, ...standingElements(list)),
      richText(...stepElements(list)),
      richText(section(italic(steps.some(({ state }) => state.kind === 'told') ? TOLD_NOTE : NOTE))),
    ],
    text: sentence(list),
  }
}

const NOTE = 'Each request of this plan has a card in this thread.'
const TOLD_NOTE = `${NOTE} What the agent says that it has done is its own word.`

/** How it stands, in a line; what was written about that; and how far it came. */
function standingElements(list: Checklist): readonly RichTextBlockElement[] {
  const { standing } = list
  const { sign, shown } = inWords(list)
  const written = quoted(standing)
  const [first = '', ...rest] = shown
  const line = section(emoji(sign), bold(` ${typeof first === 'string' ? first : ''}`), ...inRichText(rest))
  const reached = standing.kind === 'ended' ? [section(say(howFar(list)))] : []
  return [line, ...(written === null ? [] : proseOnCard(written, WRITTEN, 'on the card of that step')), ...reached]
}

/** What somebody else wrote about how it stands; null: nothing. Of a rollback the engine tells in words of its own. */
function quoted(standing: Standing): string | null {
  if (!('written' in standing) || standing.written === null || standing.written.trim() === '') return null
  return standing.kind === 'suspended' && standing.because === 'rolled_back' ? null : standing.written
}

/** A sentence of our own that names people as Slack's mrkdwn does. */
function withPeople(text: string): Phrase {
  return text.split(/<@([A-Z0-9]+)>/).map((piece, at) => (at % 2 === 0 ? piece : { user: piece }))
}

/** The first piece is what matters most. */
function inWords({ standing, steps, reached }: Checklist): { readonly sign: string; readonly shown: Phrase } {
  const here = steps[reached]
  const step = here === undefined ? 'the last step' : stepNumber(here)
  const progress = `  ·  ${grouped(reached)} of ${grouped(steps.length)} steps done`
  switch (standing.kind) {
    case 'running':
      return { sign: 'hourglass_flowing_sand', shown: ['Running', progress] }
    case 'waiting':
      return { sign: 'raised_hand', shown: [`Waits for people at ${step}`, progress] }
    case 'approved':
      return {
        sign: 'hourglass_flowing_sand',
        shown: ['Running', `: ${step} is approved and being executed${progress}`],
      }
    case 'completed':
      return { sign: 'checkered_flag', shown: ['Completed', `: ${counted(steps.length)} done`] }
    case 'suspended':
      return suspended(standing, step, progress)
    case 'ended':
      return { sign: standing.status === 'denied' ? 'no_entry' : 'warning', shown: endWords(standing, step, here) }
    case 'told':
      return {
        sign: 'robot_face',
        shown: ['The agent carries this plan out itself', ' and asks for its steps one by one.'],
      }
  }
}

function suspended(
  { because, written }: Standing & { readonly kind: 'suspended' },
  step: string,
  progress: string,
): ReturnType<typeof inWords> {
  switch (because) {
    case 'paused':
      return { sign: 'double_vertical_bar', shown: ['Paused by its agent', ` before the next step${progress}`] }
    case 'rolled_back':
      return { sign: 'rewind', shown: ['Stopped', ': ', ...withPeople(written ?? ''), ' Its agent says what follows.'] }
    case 'frozen':
      return { sign: 'snowflake', shown: ['Frozen', ` at ${step}, until an administrator lifts it${progress}`] }
    case 'unknown':
      return {
        sign: 'grey_question',
        shown: [`Stopped: nobody knows whether ${step} ran`, '. Operations were asked to say.'],
      }
  }
}

function endWords({ code: why }: Standing & { readonly kind: 'ended' }, step: string, here?: ChecklistStep): Phrase {
  switch (why) {
    case 'denied':
      return here?.state.kind === 'denied'
        ? ['Ended', `: ${step} was denied by `, { user: here.state.by }]
        : ['Ended', `: ${step} was denied`]
    case 'timed_out':
      return ['Ended', `: nobody decided ${step} in time, which is a denial`]
    case 'withdrawn':
      return ['Ended', `: ${step} was withdrawn`]
    case 'blocked':
      return ['Failed', `: the policy blocks ${step}`]
    case 'invalid_step':
      return ['Failed', `: ${step} could not be proposed any more`]
    case 'execution_failed':
      return ['Failed', `: ${step} was executed and failed`]
    case 'rolled_back':
      return ['Failed', `: ${step} was rolled back before it ran`]
    case 'cancelled':
      return ['Cancelled by its agent', ` at ${step}`]
    case 'all_done':
      return ['Completed']
  }
}

function howFar({ reached }: Checklist): string {
  if (reached === 0) return 'No step had been completed.'
  return `${reached === 1 ? 'Step 0 had' : `Steps 0 to ${grouped(reached - 1)} had`} been completed. What was done is not undone.`
}

/** The steps around the one at hand; of the others how many there are, and how they stand. */
function stepElements({ steps, reached, before }: Checklist): readonly RichTextBlockElement[] {
  const at = Math.min(reached, steps.length - 1)
  const from = folded(at - BEFORE) ? at - BEFORE : 0
  const to = folded(steps.length - (at + AFTER + 1)) ? at + AFTER + 1 : steps.length
  return [
    ...(before > 0 ? [section(italic(`${grouped(before)} earlier requests of this plan are not listed`))] : []),
    ...foldedRuns(steps.slice(0, from)),
    ...steps.slice(from, to).map(stepLine),
    ...foldedRuns(steps.slice(to)),
  ]
}

function folded(count: number): boolean {
  return count > 1
}

/** Steps in a row that stand alike take one line. */
function foldedRuns(steps: readonly ChecklistStep[]): readonly RichTextSection[] {
  const runs = steps.reduce<readonly (readonly ChecklistStep[])[]>((before, step) => {
    const last = before.at(-1)
    return last !== undefined && alike(last[0], step) ? [...before.slice(0, -1), [...last, step]] : [...before, [step]]
  }, [])
  const shown = runs.slice(0, MOST_RUNS)
  const rest = runs.slice(MOST_RUNS).flat().length
  const more = rest === 0 ? [] : [section(italic(`and ${grouped(rest)} more`))]
  return [...shown.flatMap((run) => (run.length === 1 ? run.map(stepLine) : [runLine(run)])), ...more]
}

const MOST_RUNS = 5

function alike(one: ChecklistStep | undefined, { state }: ChecklistStep): boolean {
  if (one === undefined) return false
  return isDone(one.state) ? isDone(state) : one.state.kind === state.kind
}

function runLine(run: readonly ChecklistStep[]): RichTextSection {
  const [first] = run
  const last = run.at(-1)
  if (first === undefined || last === undefined) return section()
  const named =
    first.index === null || last.index === null
      ? `${grouped(run.length)} steps`
      : `Steps ${grouped(first.index)} to ${grouped(last.index)}`
  const [sign, how] = isDone(first.state)
    ? ['white_check_mark', 'done']
    : [SIGNS[first.state.kind], HOW[first.state.kind]]
  return section(emoji(sign), say(` ${named}: ${how}`))
}

/** "✅ 3  Refund a customer's payment: done, approved by @ana" */
function stepLine(step: ChecklistStep): RichTextSection {
  const { index, name, told, state } = step
  const number = index === null ? [] : [bold(`${grouped(index)}  `)]
  const tells = told === null || told.trim() === '' ? [] : [say(': '), words(clipped(oneLine(told), TOLD))]
  return section(
    emoji(SIGNS[state.kind]),
    say(' '),
    ...number,
    words(clipped(oneLine(name), NAME)),
    ...tells,
    say('  ·  '),
    ...inRichText(stateWords(state)),
  )
}

const SIGNS: Readonly<Record<StepState['kind'], string>> = {
  done: 'white_check_mark',
  passed: 'white_check_mark',
  told: 'heavy_check_mark',
  approved: 'hourglass_flowing_sand',
  running: 'hourglass_flowing_sand',
  waiting: 'raised_hand',
  asked: 'speech_balloon',
  denied: 'no_entry',
  timed_out: 'alarm_clock',
  withdrawn: 'leftwards_arrow_with_hook',
  blocked: 'no_entry_sign',
  rolling_back: 'rewind',
  rolled_back: 'leftwards_arrow_with_hook',
  failed: 'warning',
  unknown: 'grey_question',
  ahead: 'white_circle',
}

/** Of several steps at once, and where there is nothing more to say of one. */
const HOW: Readonly<Record<StepState['kind'], string>> = {
  done: 'done',
  passed: 'done',
  told: 'done, the agent says',
  approved: 'approved',
  running: 'running',
  waiting: 'waits',
  asked: 'waits for an answer',
  denied: 'denied',
  timed_out: 'nobody decided in time, so this counts as denied',
  withdrawn: 'withdrawn',
  blocked: 'blocked by the policy',
  rolling_back: 'is being rolled back',
  rolled_back: 'rolled back',
  failed: 'failed',
  unknown: 'nobody knows whether it ran',
  ahead: 'not reached yet',
}

function stateWords(state: StepState): Phrase {
  switch (state.kind) {
    case 'done':
      return ['done, approved by ', ...whom(state.by)]
    case 'passed':
      return ['let go on by ', ...whom(state.by)]
    case 'approved':
      return ['approved by ', ...whom(state.by)]
    case 'running':
      return ['running, approved by ', ...whom(state.by)]
    case 'waiting': {
      const { role, user, everybody, until } = state
      const who: Phrase = everybody
        ? ['everybody in its channel']
        : user === null
          ? [clipped(role, NAME)]
          : [{ user }, ` (${clipped(role, NAME)})`]
      return ['waits for ', ...who, ' until ', { at: until }]
    }
    case 'asked':
      return [
        { user: state.by },
        ' asked a question; the clocks are stopped until ',
        { at: state.until },
        ' at the latest',
      ]
    case 'denied':
      return ['denied by ', { user: state.by }]
    case 'rolling_back':
      return [{ user: state.by }, ' asked for it to be rolled back']
    case 'told':
    case 'timed_out':
    case 'withdrawn':
    case 'blocked':
    case 'rolled_back':
    case 'failed':
    case 'unknown':
    case 'ahead':
      return [HOW[state.kind]]
  }
}

function whom(by: readonly string[]): Phrase {
  if (by.length === 0) return ['the policy']
  return by.flatMap((user, at): Phrase => [...(at === 0 ? [] : [at === by.length - 1 ? ' and ' : ', ']), { user }])
}

function isDone({ kind }: StepState): boolean {
  return kind === 'done' || kind === 'passed'
}

function stepNumber({ index }: ChecklistStep): string {
  return index === null ? 'a step' : `step ${grouped(index)}`
}

function counted(steps: number): string {
  return steps === 1 ? 'its one step is' : `all ${grouped(steps)} steps are`
}

/** For notifications and screen readers: no word of an agent that mrkdwn could read as something else. */
function sentence(list: Checklist): string {
  const name = list.name ?? list.ref.id
  const named = isPlainWords(name) || /^[\w.-]{1,128}$/.test(name) ? ` "${name}"` : ''
  const end = list.standing.kind === 'ended' ? `. ${howFar(list)}` : '.'
  return `The plan${named}: ${inMrkdwn(inWords(list).shown).replace(/\.$/, '')}${end}`
}
