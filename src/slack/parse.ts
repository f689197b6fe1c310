import { z } from 'zod'
import type { Change } from './reviewers.ts'
import type { Recipient } from './whisper.ts'

/** A pressed button, as far as we read it; everything else of Slack's payload is left alone. */
export type Press = {
  readonly user: string
  readonly actionId: string
  readonly value: string
  readonly trigger: string
  /** Where an answer only this person sees can go; null in a modal and in the App Home. */
  readonly place: { readonly channel: string; readonly thread: string | null } | null
  /** Does it stand on a message that only this person sees? */
  readonly isPrivate: boolean
  readonly responseUrl: string | null
  /** The modal or App Home that the button stands in; null on a message. */
  readonly view: { readonly id: string; readonly type: 'modal' | 'home'; readonly metadata: string } | null
}

const press = z.looseObject({
  user: z.looseObject({ id: z.string() }),
  trigger_id: z.string().nullish(),
  response_url: z.string().nullish(),
  channel: z.looseObject({ id: z.string() }).nullish(),
  container: z
    .looseObject({
      channel_id: z.string().nullish(),
      message_ts: z.string().nullish(),
      thread_ts: z.string().nullish(),
      is_ephemeral: z.boolean().nullish().catch(null),
    })
    .nullish(),
  view: z
    .looseObject({ id: z.string(), type: z.string().nullish().catch(null), private_metadata: z.string().nullish() })
    .nullish(),
  actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().nullish() })).min(1),
})

/** A `block_actions` payload; null for anything else. */
export function parsePress(body: unknown): Press | null {
  const parsed = press.safeParse(body)
  if (!parsed.success) return null
  const { user, trigger_id, response_url, channel, container, view, actions } = parsed.data
  const [action] = actions
  if (action === undefined) return null
  const channelId = channel?.id ?? container?.channel_id ?? null
  return {
    user: user.id,
    actionId: action.action_id,
    value: action.value ?? '',
    trigger: trigger_id ?? '',
    place: channelId === null ? null : { channel: channelId, thread: container?.thread_ts ?? null },
    isPrivate: container?.is_ephemeral === true,
    responseUrl: response_url ?? null,
    view:
      view == null
        ? null
        : { id: view.id, type: view.type === 'home' ? 'home' : 'modal', metadata: view.private_metadata ?? '' },
  }
}

/** A submitted modal. `values`: what was typed, or the value, date or Slack id that was chosen, by action id. */
export type Submission = {
  readonly user: string
  readonly callbackId: string
  readonly metadata: string
  readonly viewId: string
  readonly values: ReadonlyMap<string, { readonly block: string; readonly text: string }>
}

const submission = z.looseObject({
  user: z.looseObject({ id: z.string() }),
  view: z.looseObject({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: z.string().nullish(),
    state: z.looseObject({ values: z.unknown() }).nullish(),
  }),
})

const given = z.string().nullish().catch(null)
const chosen = z.looseObject({ value: z.string() }).nullish().catch(null)
const entry = z.looseObject({ value: given, selected_user: given, selected_date: given, selected_option: chosen })
const inputs = z.record(z.string(), z.record(z.string(), entry))

/** A `view_submission` payload; null for anything else. */
export function parseSubmission(body: unknown): Submission | null {
  const parsed = submission.safeParse(body)
  if (!parsed.success) return null
  const { user, view } = parsed.data
  // A view without filled inputs comes with `{}`, `[]` or nothing; other inputs have neither of the two.
  const blocks = inputs.safeParse(view.state?.values).data ?? {}
  const entries = Object.entries(blocks).flatMap(([block, actions]) =>
    Object.entries(actions).map(([action, { value, selected_user, selected_date, selected_option }]) => {
      const text = value ?? selected_user ?? selected_date ?? selected_option?.value ?? ''
      return [action, { block, text: text.trim() }] as const
    }),
  )
  return {
    user: user.id,
    callbackId: view.callback_id,
    metadata: view.private_metadata ?? '',
    viewId: view.id,
    values: new Map(entries),
  }
}

/** What somebody typed after a slash command. */
export type Typed = Recipient & { readonly text: string }

const command = z.looseObject({
  user_id: z.string(),
  channel_id: z.string(),
  text: z.string().nullish(),
  response_url: z.string().nullish(),
  trigger_id: z.string().nullish(),
})

/** A slash command's payload; null for anything else. */
export function parseTyped(body: unknown): Typed | null {
  const parsed = command.safeParse(body)
  if (!parsed.success) return null
  const { user_id, channel_id, text, response_url, trigger_id } = parsed.data
  return {
    user: user_id,
    place: { channel: channel_id, thread: null },
    responseUrl: response_url ?? null,
    trigger: trigger_id ?? '',
    view: null,
    text: text ?? '',
  }
}

/** What somebody said to the bot. `head`: the `ts` of the message whose thread it stands in; null outside of threads. */
export type Mention = Recipient & { readonly channel: string; readonly head: string | null; readonly text: string }

const mention = z.looseObject({
  type: z.literal('app_mention'),
  user: z.string(),
  channel: z.string(),
  text: z.string(),
  thread_ts: z.string().nullish(),
  bot_id: z.string().nullish(),
})

/** An `app_mention` event of a person; null for anything else, messages of bots included. */
export function parseMention(event: unknown): Mention | null {
  const parsed = mention.safeParse(event)
  if (!parsed.success || parsed.data.bot_id != null) return null
  const { user, channel, text, thread_ts } = parsed.data
  const head = thread_ts ?? null
  return { user, channel, head, text, place: { channel, thread: head }, responseUrl: null, trigger: '', view: null }
}

const opened = z.looseObject({ type: z.literal('app_home_opened'), user: z.string(), tab: z.literal('home') })

/** Who opened the App Home; null for any other event, and for another tab of it. */
export function parseOpened(event: unknown): string | null {
  return opened.safeParse(event).data?.user ?? null
}

const change = z.union([
  z
    .looseObject({ type: z.literal('subteam_members_changed'), subteam_id: z.string() })
    .transform(({ subteam_id }) => ({ usergroup: subteam_id })),
  z
    .looseObject({ type: z.literal('subteam_updated'), subteam: z.looseObject({ id: z.string() }) })
    .transform(({ subteam }) => ({ usergroup: subteam.id })),
  z
    .looseObject({ type: z.literal('user_change'), user: z.looseObject({ id: z.string() }) })
    .transform(({ user }) => ({ user: user.id })),
])

/** Whom an event of Slack tells news of; null for any other event. */
export function parseChange(event: unknown): Change | null {
  return change.safeParse(event).data ?? null
}
