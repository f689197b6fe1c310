import { dateMrkdwn } from '../../blocks/when.ts'
import type { App } from '../app/app.ts'
import type { Clock } from '../app/ports.ts'
import { parseUntil } from './until.ts'

export type AbsencePorts = {
  readonly app: Pick<App, 'goAway' | 'comeBack' | 'delegate'>
  readonly clock: Clock
  /** A person's own time zone, an IANA name. */
  readonly timeZone: (user: string) => Promise<string>
}

/** What a person is told of it, as mrkdwn; or what of what they gave can't be taken, and why. */
export type Told =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly wrong: 'until' | 'to'; readonly why: string }

/** A person is away until a time in their own words. */
export async function goAway(ports: AbsencePorts, user: string, typed: string): Promise<Told> {
  const until = parseUntil(typed, await ports.timeZone(user), ports.clock())
  if (!until.ok) return { ok: false, wrong: 'until', why: until.why }
  await ports.app.goAway(user, until.at)
  return {
    ok: true,
    text: `You are away until ${dateMrkdwn(until.at)}. Nothing new is given to you until then; what you are asked already stays with you until its deadline. \`/approvals back\` ends it sooner.`,
  }
}

/** A person is neither away nor delegating any more. */
export async function comeBack({ app }: AbsencePorts, user: string): Promise<string> {
  await app.comeBack(user)
  return 'You are back: requests can be given to you again, and nothing goes to a delegate of yours.'
}

/** A person hands over what they are asked, until a time in their own words. */
export async function delegate(ports: AbsencePorts, user: string, to: string, typed: string): Promise<Told> {
  const until = parseUntil(typed, await ports.timeZone(user), ports.clock())
  if (!until.ok) return { ok: false, wrong: 'until', why: until.why }
  const result = await ports.app.delegate(user, to, until.at)
  if (result.kind === 'refused') return { ok: false, wrong: 'to', why: WHY_NOT[result.why] }
  const { moved, kept } = result
  const open = moved + kept === 0 ? 'Nothing is open with you now.' : movedText(to, moved, kept)
  return {
    ok: true,
    text: `Until ${dateMrkdwn(until.at)}, <@${to}> gets what you would be asked, where they may decide it. ${open} \`/approvals back\` ends it sooner.`,
  }
}

const WHY_NOT = {
  yourself: 'That is you. Choose somebody else, or say `/approvals away until friday`.',
  cannot_decide:
    'That person cannot decide anything here: only full members of this workspace can. Choose somebody else.',
} as const

function movedText(to: string, moved: number, kept: number): string {
  const gone = moved === 0 ? 'Nothing that you are asked now has moved.' : `${requests(moved)} moved now.`
  if (kept === 0) return gone
  return `${gone} ${requests(kept)} stayed with you: <@${to}> is away or may not decide it, or a question to the agent is open.`
}

function requests(count: number): string {
  return count === 1 ? '1 open request' : `${count} open requests`
}
