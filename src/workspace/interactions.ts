/** The payloads of interactions, commands and events, in the shapes Slack documents. */
import { shownMessage } from './chat-methods.ts'
import type { JsonObject } from './check.ts'
import type { Placed } from './entries.ts'
import { appId, botUserId, teamId, type WorkspacePerson } from './people.ts'
import type { Channel, Ephemeral, Message, State, View } from './state.ts'
import { shownView } from './view-methods.ts'

export const teamDomain = 'local-workspace'

/** The old verification token. It proves nothing; apps that check it instead of the signature are broken. */
const verificationToken = 'local-workspace-verification-token'

function envelope(type: string, person: WorkspacePerson): JsonObject {
  return {
    type,
    user: { id: person.id, username: person.name, name: person.name, team_id: person.team_id ?? teamId },
    api_app_id: appId,
    token: verificationToken,
    team: { id: teamId, domain: teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

export function channelName(channel: Channel): string {
  if (channel.im !== undefined) return 'directmessage'
  return channel.is_private ? 'privategroup' : channel.name
}

/** One entry of `actions`: the element as it stands, plus what was chosen. */
export function actionOf(state: State, { block, element }: Placed, chosen: JsonObject): JsonObject {
  const { accessibility_label: _label, options: _options, option_groups: _groups, ...shown } = element
  const { type: _type, ...entry } = chosen
  return { ...shown, ...entry, block_id: block.block_id, action_ts: (state.now() / 1000).toFixed(6) }
}

export function messageAction(
  state: State,
  person: WorkspacePerson,
  channel: Channel,
  message: Message | Ephemeral,
  action: JsonObject,
  values: JsonObject,
  responseUrl: string,
): JsonObject {
  const ephemeral = 'to' in message
  return {
    ...envelope('block_actions', person),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral,
      ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    },
    trigger_id: state.issueTrigger(person.id),
    channel: { id: channel.id, name: channelName(channel) },
    // An ephemeral message is not kept by Slack and so is not sent along.
    ...(ephemeral ? {} : { message: shownMessage(state, message, true) }),
    state: { values },
    response_url: responseUrl,
    actions: [action],
  }
}

export function viewAction(state: State, person: WorkspacePerson, view: View, action: JsonObject): JsonObject {
  return {
    ...envelope('block_actions', person),
    container: { type: 'view', view_id: view.id },
    trigger_id: state.issueTrigger(person.id),
    view: shownView(view),
    actions: [action],
  }
}

export function viewSubmission(state: State, person: WorkspacePerson, view: View): JsonObject {
  return {
    ...envelope('view_submission', person),
    trigger_id: state.issueTrigger(person.id),
    view: shownView(view),
    response_urls: [],
  }
}

export function viewClosed(person: WorkspacePerson, view: View, isCleared: boolean): JsonObject {
  return { ...envelope('view_closed', person), view: shownView(view), is_cleared: isCleared }
}

export function slashCommand(
  state: State,
  person: WorkspacePerson,
  channel: Channel,
  command: string,
  text: string,
  responseUrl: string,
): JsonObject {
  return {
    token: verificationToken,
    team_id: teamId,
    team_domain: teamDomain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: person.id,
    user_name: person.name,
    command,
    text,
    api_app_id: appId,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: state.issueTrigger(person.id),
  }
}

/** An Events API callback around `event`. */
export function eventCallback(state: State, event: JsonObject): JsonObject {
  return {
    token: verificationToken,
    team_id: teamId,
    context_team_id: teamId,
    api_app_id: appId,
    event,
    type: 'event_callback',
    event_id: state.newId('Ev0'),
    event_time: Math.floor(state.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: teamId, user_id: botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: state.newId('4-', 20),
  }
}

export function urlVerification(challenge: string): JsonObject {
  return { token: verificationToken, challenge, type: 'url_verification' }
}
