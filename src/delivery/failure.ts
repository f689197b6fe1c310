/**
 * What it means when a call to Slack did not work.
 * `refused`: Slack answered no, `error` is its code. `ambiguous`: it may have worked (a timeout, a reset, an HTTP 5xx).
 * `not_sent`: no connection came about, so it certainly did not work.
 */
export type Failure =
  | { readonly kind: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'not_sent' }

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

/** `passes`: a fault of the moment. `heals`: once a person does something in Slack. `hopeless`: not by waiting. */
export type Outlook = 'passes' | 'heals' | 'hopeless'

/** No connection, so nothing of the request can have reached Slack. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** Slack documents of both that "some aspect of the operation" may have succeeded before the error was raised. */
const HALF_DONE: ReadonlySet<string> = new Set(['internal_error', 'fatal_error'])

const MOMENTARY: ReadonlySet<string> = new Set([
  ...HALF_DONE,
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
])

/** Each with what a person has to do. `%` stands for the channel. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['not_in_channel', 'Invite the bot to %'],
  ['channel_not_found', 'Create % or invite the bot to it: to the bot it does not exist'],
  ['is_archived', 'Unarchive %, or name another channel in the manifest'],
  ['restricted_action', 'Allow the bot to post in %: its posting permissions exclude it'],
  ['restricted_action_read_only_channel', 'Allow the bot to post in %: it is read-only'],
  ['restricted_action_thread_only_channel', 'Allow the bot to post in %: only threads are allowed there'],
  ['no_permission', 'Give the app the permissions in manifest.slack.yml and reinstall it'],
  ['missing_scope', 'Give the app the scopes in manifest.slack.yml and reinstall it'],
  ['not_allowed_token_type', 'Set SLACK_BOT_TOKEN to the bot token, which starts with xoxb-'],
  ['invalid_auth', 'Set SLACK_BOT_TOKEN to a valid token'],
  ['not_authed', 'Set SLACK_BOT_TOKEN to a valid token'],
  ['token_revoked', 'Reinstall the app and set SLACK_BOT_TOKEN to its new token'],
  ['token_expired', 'Reinstall the app and set SLACK_BOT_TOKEN to its new token'],
  ['messages_tab_disabled', 'Switch on the messages tab of the app, as manifest.slack.yml has it, and reinstall it'],
  ['account_inactive', 'Reinstall the app: its bot user was deactivated'],
  ['team_access_not_granted', 'Grant the app access to this workspace'],
  ['access_denied', 'Ask a workspace administrator to allow the app'],
  ['accesslimited', 'Ask a workspace administrator to allow the app'],
  ['ekm_access_denied', 'Ask a workspace administrator to lift the suspension of posting'],
])

const HOPELESS: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'invalid_arguments',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'metadata_too_large',
  'metadata_must_be_sent_from_app',
  'edit_window_closed',
  'user_not_found',
  'user_not_visible',
  'user_disabled',
  'users_disabled',
  'cannot_dm_bot',
])

/** Why `error`, thrown by `@slack/web-api`, was thrown. Only its codes are read, never its message. */
export function classify(error: unknown): Failure {
  const code = textAt(error, 'code') ?? 'unknown'
  switch (code) {
    case 'slack_webapi_rate_limited_error':
      return { kind: 'rate_limited', retryAfterMs: Math.max(1, numberAt(error, 'retryAfter') ?? 30) * 1000 }
    case 'slack_webapi_platform_error':
      return refused(textAt(at(error, 'data'), 'error'))
    case 'slack_webapi_http_error':
      return ofStatus(numberAt(error, 'statusCode') ?? 500)
    case 'slack_webapi_request_error':
      return chain(at(error, 'original')).some((code) => NEVER_CONNECTED.has(code))
        ? { kind: 'not_sent' }
        : { kind: 'ambiguous' }
  }
  return { kind: 'ambiguous' }
}

/** May the message stand in Slack although the call failed? Then it is looked for before it is sent again. */
export function mayHaveWorked(failure: Failure): boolean {
  return failure.kind === 'ambiguous' || (failure.kind === 'refused' && HALF_DONE.has(failure.error))
}

/** A fault of this moment, which says nothing about what we may do. */
export function isMomentary(failure: Failure): boolean {
  return failure.kind !== 'refused' || MOMENTARY.has(failure.error)
}

export function outlook(failure: Failure): Outlook {
  if (failure.kind !== 'refused') return 'passes'
  if (REMEDIES.has(failure.error)) return 'heals'
  return HOPELESS.has(failure.error) ? 'hopeless' : 'passes'
}

/** What a person has to do, as a sentence; null: nothing but wait. @param channel as people know it, e.g. `#payments`; `dm U012`: one person's messages */
export function remedy(failure: Failure, channel: string): string | null {
  if (failure.kind !== 'refused') return null
  // The bot opens direct messages itself: there is nothing to create, and nobody to invite it.
  if (failure.error === 'channel_not_found' && channel.startsWith('dm ')) return null
  return REMEDIES.get(failure.error)?.replace('%', channel) ?? null
}

/** The failure as one code, for the outbox and the log. */
export function codeOf(failure: Failure): string {
  return failure.kind === 'refused' ? failure.error : failure.kind
}

function refused(error: string | null): Failure {
  // A proxy's HTML page with status 200 comes as the "error": nobody knows what became of the call.
  if (error === null || !/^[\w.:-]{1,80}$/.test(error)) return { kind: 'ambiguous' }
  return { kind: 'refused', error }
}

function ofStatus(status: number): Failure {
  return status >= 500 || status === 408 ? { kind: 'ambiguous' } : { kind: 'refused', error: `http_${status}` }
}

/** The codes of an error and its causes. Trying IPv6 and IPv4 gives an AggregateError, whose own code is set. */
function chain(error: unknown): readonly string[] {
  const code = textAt(error, 'code')
  const cause = at(error, 'cause')
  return [...(code === null ? [] : [code]), ...(cause === undefined ? [] : chain(cause))]
}

function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Reflect.get(value, key)
}

function textAt(value: unknown, key: string): string | null {
  const found = at(value, key)
  return typeof found === 'string' ? found : null
}

function numberAt(value: unknown, key: string): number | null {
  const found = at(value, key)
  return typeof found === 'number' ? found : null
}
