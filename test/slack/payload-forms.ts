import { APPROVALS, BOT, FORM, type Json } from '../scenario/house.ts'

/** A submitted modal as Slack documents it (docs.slack.dev/reference/interaction-payloads/view-interactions-payload). */
export function submissionPayload(
  user: string,
  callbackId: string,
  metadata: string,
  entered: Readonly<Record<string, Json>>,
): Json {
  return {
    type: 'view_submission',
    team: { id: 'T0LOCAL001', domain: 'local-workspace' },
    user: { id: user, username: 'ana', name: 'ana', team_id: 'T0LOCAL001' },
    api_app_id: 'A0LOCAL001',
    token: 'Shh_its_a_seekrit',
    trigger_id: '1.2.3',
    enterprise: null,
    is_enterprise_install: false,
    response_urls: [],
    view: {
      id: 'VNHU13V36',
      team_id: 'T0LOCAL001',
      app_id: 'A0LOCAL001',
      app_installed_team_id: 'T0LOCAL001',
      bot_id: 'B0LOCAL001',
      type: 'modal',
      title: { type: 'plain_text', text: 'A window' },
      submit: { type: 'plain_text', text: 'Send' },
      close: null,
      blocks: [],
      hash: '156772938.1827394',
      callback_id: callbackId,
      external_id: '',
      private_metadata: metadata,
      clear_on_close: false,
      notify_on_close: false,
      previous_view_id: null,
      root_view_id: 'VNHU13V36',
      state: { values: Object.fromEntries(Object.entries(entered).map(([name, value]) => [name, { [name]: value }])) },
    },
  }
}

/** What was typed into an input. */
export function typedValue(value: unknown): Json {
  return { type: 'plain_text_input', value }
}

/** A slash command's fields as Slack documents them (docs.slack.dev/interactivity/implementing-slash-commands). */
export function commandFields(user: string, text: string, channel = APPROVALS): Readonly<Record<string, string>> {
  return {
    token: 'Shh_its_a_seekrit',
    team_id: 'T0LOCAL001',
    team_domain: 'local-workspace',
    channel_id: channel,
    channel_name: 'agent-approvals',
    user_id: user,
    user_name: 'ana',
    command: '/approvals',
    text,
    api_app_id: 'A0LOCAL001',
    trigger_id: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
  }
}

let events = 0

/** An event as Slack delivers it (docs.slack.dev/apis/events-api), of an id that no other has. */
export function eventPayload(event: Json): Json {
  events += 1
  return {
    token: 'Shh_its_a_seekrit',
    team_id: 'T0LOCAL001',
    context_team_id: 'T0LOCAL001',
    api_app_id: 'A0LOCAL001',
    event,
    type: 'event_callback',
    event_id: `Ev${String(events).padStart(8, '0')}`,
    event_time: 1_548_426_417,
    authorizations: [{ team_id: 'T0LOCAL001', user_id: BOT, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
  }
}

/** What somebody says to the bot in a thread (docs.slack.dev/reference/events/app_mention). */
export function mentionEvent(user: string, text: string, thread: string): Json {
  return { type: 'app_mention', user, text, ts: '1548426417.840180', channel: APPROVALS, thread_ts: thread }
}

/** A request's body and headers, unsigned. */
export type Request = { readonly body: string; readonly headers: Readonly<Record<string, string>> }

export function asForm(fields: Readonly<Record<string, string>>): Request {
  return { body: new URLSearchParams(fields).toString(), headers: FORM }
}

export function asJson(value: unknown): Request {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}
