import { z } from 'zod'

/** A pressed button, as far as we read it; everything else of Slack's payload is left alone. */
export type Press = {
  readonly user: string
  readonly actionId: string
  readonly value: string
  readonly trigger: string
  /** Where an answer only this person sees can go; null in a modal. */
  readonly place: { readonly channel: string; readonly thread: string | null } | null
  readonly responseUrl: string | null
  /** The modal that the button stands in; null on a message. */
  readonly view: { readonly id: string; readonly metadata: string } | null
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
    })
    .nullish(),
  view: z.looseObject({ id: z.string(), private_metadata: z.string().nullish() }).nullish(),
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
    responseUrl: response_url ?? null,
    view: view == null ? null : { id: view.id, metadata: view.private_metadata ?? '' },
  }
}

/** A submitted modal. `values`: what was typed, by action id. */
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

const inputs = z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish().catch(null) })))

/** A `view_submission` payload; null for anything else. */
export function parseSubmission(body: unknown): Submission | null {
  const parsed = submission.safeParse(body)
  if (!parsed.success) return null
  const { user, view } = parsed.data
  // A view without filled inputs comes with `{}`, `[]` or nothing; inputs that are no text have no `value`.
  const blocks = inputs.safeParse(view.state?.values).data ?? {}
  const entries = Object.entries(blocks).flatMap(([block, actions]) =>
    Object.entries(actions).map(([action, { value }]) => [action, { block, text: (value ?? '').trim() }] as const),
  )
  return {
    user: user.id,
    callbackId: view.callback_id,
    metadata: view.private_metadata ?? '',
    viewId: view.id,
    values: new Map(entries),
  }
}
