/** What people do. The page and the tests' driver both act through here, so that they cannot differ. */
import { byTheApp, isRefusal, mentionsOf, readContent } from './chat-methods.ts'
import { isObject, type JsonObject } from './check.ts'
import { complaints, type Entered, elementsOf, entryOf, type Placed, valuesOf } from './entries.ts'
import { type createDeliveries, type Delivery, readAnswer } from './events.ts'
import {
  actionOf,
  eventCallback,
  messageAction,
  slashCommand,
  urlVerification,
  viewAction,
  viewClosed,
  viewSubmission,
} from './interactions.ts'
import { validateView } from './limits.ts'
import { botUserId, teamId, type WorkspacePerson } from './people.ts'
import type { Channel, Ephemeral, Message, State, View, ViewValues } from './state.ts'
import { pushOnto, putView, replaceView } from './view-methods.ts'

export type ClickTarget = {
  readonly channel: string
  readonly ts: string
  readonly actionId: string
  readonly blockId?: string
  /** For menus and the like: what is chosen. */
  readonly chosen?: Entered
}

/** Per block id and action id, what is entered. */
export type EnteredValues = Readonly<Record<string, Readonly<Record<string, Entered>>>>

export type Acts = ReturnType<typeof createActs>

const notSent: Delivery = { status: 0, body: 'not_sent' }
const trouble = 'We had some trouble connecting. Try again?'

/** `subscriptions` are the bot events the app asked for, such as `app_mention` and `message.im`. */
export function createActs(
  state: State,
  deliveries: ReturnType<typeof createDeliveries>,
  base: () => string,
  subscriptions: readonly string[],
) {
  const personOf = (userId: string): WorkspacePerson => {
    const person = state.people.get(userId)
    if (person === undefined) throw new Error(`nobody here is ${userId}`)
    if (person.deleted === true) throw new Error(`${userId} is deactivated and cannot act`)
    return person
  }

  /** Nobody acts in a channel they are not in. */
  const channelFor = (userId: string, id: string): Channel => {
    const channel = state.channels.get(id)
    if (channel === undefined) throw new Error(`there is no channel ${id}`)
    if (!channel.members.has(userId)) throw new Error(`${userId} is not in ${id}`)
    return channel
  }

  const pick = (placed: readonly Placed[], actionId: string, blockId?: string): Placed => {
    const found = placed.filter(
      ({ block, element }) => element.action_id === actionId && (blockId === undefined || block.block_id === blockId),
    )
    const [only] = found
    if (only === undefined) throw new Error(`nothing here has the action_id ${actionId}`)
    if (found.length > 1) throw new Error(`${found.length} elements have the action_id ${actionId}: name the block`)
    return only
  }

  const chosenOf = (element: JsonObject, chosen: Entered | undefined): JsonObject => {
    const button = element.type === 'button' || element.type === 'workflow_button' || element.type === 'icon_button'
    return button || chosen === undefined ? {} : entryOf(element, chosen)
  }

  const click = async (userId: string, target: ClickTarget): Promise<Delivery> => {
    const person = personOf(userId)
    const channel = channelFor(userId, target.channel)
    const message: Message | Ephemeral | undefined =
      state.inChannel(channel.id).find((each) => each.ts === target.ts) ??
      state.ephemerals.find((each) => each.ts === target.ts && each.to === userId)
    if (message === undefined) throw new Error(`${userId} sees no message ${target.ts} in ${channel.id}`)
    const placed = pick(elementsOf(message.blocks ?? []), target.actionId, target.blockId)
    const chosen = chosenOf(placed.element, target.chosen)
    const values =
      Object.keys(chosen).length === 0 || placed.element.type === 'overflow'
        ? {}
        : { [placed.block.block_id]: { [target.actionId]: chosen } }
    const key = state.issueResponseUrl({
      channel: channel.id,
      userId,
      message: { ts: message.ts, ephemeral: 'to' in message },
      ...(message.thread_ts === undefined ? {} : { thread: message.thread_ts }),
    })
    const url = `${base()}/actions/${teamId}/${key}`
    const action = actionOf(state, placed, chosen)
    return deliveries.send('interactive', messageAction(state, person, channel, message, action, values, url))
  }

  const topView = (userId: string): View => {
    const view = state.modals.get(userId)?.at(-1)
    if (view === undefined) throw new Error(`${userId} has no view open`)
    return view
  }

  /** What was entered becomes entries; an unknown block or action is the caller's mistake. */
  const enter = (view: View, entered: EnteredValues): View => {
    const entries: Record<string, Record<string, JsonObject>> = {}
    for (const [blockId, actions] of Object.entries(entered)) {
      for (const [actionId, value] of Object.entries(actions)) {
        const { element } = pick(elementsOf(view.blocks), actionId, blockId)
        entries[blockId] = { ...entries[blockId], [actionId]: entryOf(element, value) }
      }
    }
    const values: ViewValues = valuesOf(view, entries)
    return { ...view, values, errors: {} }
  }

  const clickOnView = (
    person: WorkspacePerson,
    view: View,
    target: Omit<ClickTarget, 'channel' | 'ts'>,
    entered: EnteredValues,
  ): Promise<Delivery> => {
    const placed = pick(elementsOf(view.blocks), target.actionId, target.blockId)
    const chosen = chosenOf(placed.element, target.chosen)
    const own = Object.keys(chosen).length > 0 && target.chosen !== undefined && placed.element.type !== 'overflow'
    const now = enter(
      view,
      own ? { ...entered, [placed.block.block_id]: { [target.actionId]: target.chosen ?? null } } : entered,
    )
    putView(state, now)
    return deliveries.send('interactive', viewAction(state, person, now, actionOf(state, placed, chosen)))
  }

  const applySubmission = (userId: string, view: View, delivery: Delivery): Delivery => {
    if (delivery.status < 200 || delivery.status > 299) {
      putView(state, { ...view, errors: { '': trouble } })
      return delivery
    }
    const answer = readAnswer(delivery)
    const given = isObject(answer?.view) ? answer.view : undefined
    const fits = given !== undefined && validateView(given, 'modal').length === 0
    if (answer?.response_action === undefined) removeView(userId, view.id)
    else if (answer.response_action === 'clear') state.modals.delete(userId)
    else if (answer.response_action === 'errors') putView(state, { ...view, errors: readErrors(answer.errors, view) })
    else if (answer.response_action === 'update' && fits) replaceView(state, view, given)
    else if (answer.response_action === 'push' && fits) pushOnto(state, userId, given)
    else putView(state, { ...view, errors: { '': trouble } })
    state.changed()
    return delivery
  }

  const removeView = (userId: string, id: string): void => {
    const left = (state.modals.get(userId) ?? []).filter((each) => each.id !== id)
    if (left.length === 0) state.modals.delete(userId)
    else state.modals.set(userId, left)
    state.changed()
  }

  /** Sends the top view. What Slack's own form refuses is shown at its block and never sent: status 0, `not_sent`. */
  const submitView = async (userId: string, entered: EnteredValues): Promise<Delivery> => {
    const person = personOf(userId)
    const view = enter(topView(userId), entered)
    if (view.submit === undefined) throw new Error('this view has no submit button')
    const errors = complaints(view.blocks, view.values)
    putView(state, { ...view, errors })
    if (Object.keys(errors).length > 0) return notSent
    return applySubmission(userId, view, await deliveries.send('interactive', viewSubmission(state, person, view)))
  }

  const closeView = async (userId: string): Promise<Delivery> => {
    const person = personOf(userId)
    const view = topView(userId)
    removeView(userId, view.id)
    if (view.clear_on_close) state.modals.delete(userId)
    state.changed()
    if (!view.notify_on_close) return notSent
    return deliveries.send('interactive', viewClosed(person, view, view.clear_on_close))
  }

  const idsByName = (): ReadonlyMap<string, string> => {
    const named = [...state.people.values()].flatMap((person) => [
      [person.name.toLowerCase(), person.id] as const,
      [person.real_name.toLowerCase(), person.id] as const,
    ])
    return new Map(named)
  }

  /** What a command whose app asked for `should_escape` gets for names of people and channels. */
  const withNames = (text: string): string => {
    const ids = idsByName()
    const rooms = new Map([...state.channels.values()].map((channel) => [channel.name, channel.id]))
    return text
      .replaceAll(/(^|\s)@([\w.-]+)/g, (whole, before: string, name: string) => {
        const id = ids.get(name.toLowerCase())
        return id === undefined ? whole : `${before}<@${id}|${state.people.get(id)?.name ?? name}>`
      })
      .replaceAll(/(^|\s)#([\w.-]+)/g, (whole, before: string, name: string) => {
        const id = rooms.get(name.toLowerCase())
        return id === undefined ? whole : `${before}<#${id}|${name}>`
      })
  }

  const linkNames = (text: string): string => {
    const ids = idsByName()
    return text.replaceAll(/(^|\s)@([\w.-]+)/g, (whole, before: string, name: string) => {
      const id = ids.get(name.toLowerCase())
      return id === undefined ? whole : `${before}<@${id}>`
    })
  }

  /** Says something as a person; the events it causes are sent, and the last answer comes back. */
  const say = async (userId: string, channelId: string, text: string, threadTs?: string): Promise<Delivery> => {
    const person = personOf(userId)
    const channel = channelFor(userId, channelId)
    const said = linkNames(text)
    const ts = state.nextTs()
    const team = person.team_id ?? teamId
    const thread = threadTs === undefined ? {} : { thread_ts: threadTs }
    state.inChannel(channel.id).push({
      type: 'message',
      channel: channel.id,
      ts,
      user: userId,
      team,
      text: said,
      mentions: mentionsOf({ text: said }, state, false),
      ...thread,
    })
    state.changed()
    const heard = channel.members.has(botUserId)
    const event = { user: userId, text: said, ts, channel: channel.id, event_ts: ts, team, ...thread }
    const kind = channel.im === undefined ? (channel.is_private ? 'group' : 'channel') : 'im'
    const subscription = kind === 'im' ? 'message.im' : `message.${kind}s`
    let last = notSent
    if (heard && subscriptions.includes(subscription)) {
      last = await deliveries.event(eventCallback(state, { type: 'message', channel_type: kind, ...event }))
    }
    // In a direct message Slack sends no app_mention.
    if (heard && kind !== 'im' && said.includes(`<@${botUserId}>`) && subscriptions.includes('app_mention')) {
      last = await deliveries.event(eventCallback(state, { type: 'app_mention', ...event }))
    }
    return last
  }

  const tellOnly = (
    userId: string,
    channel: string,
    content: Pick<Message, 'text' | 'blocks'>,
    from: Partial<Message>,
  ): void => {
    const mentions = mentionsOf(content, state, false)
    state.ephemerals.push({ ...byTheApp(), ...from, channel, ts: state.nextTs(), ...content, mentions, to: userId })
    state.changed()
  }

  const refuseCommand = (userId: string, channelId: string, name: string): Delivery => {
    const channel = channelFor(personOf(userId).id, channelId)
    tellOnly(userId, channel.id, { text: `${name} is not a valid command.` }, { user: 'USLACKBOT' })
    return notSent
  }

  const command = async (userId: string, channelId: string, name: string, text: string): Promise<Delivery> => {
    const person = personOf(userId)
    const channel = channelFor(userId, channelId)
    const key = state.issueResponseUrl({ channel: channel.id, userId })
    const url = `${base()}/commands/${teamId}/${key}`
    const escaped = withNames(text)
    const delivery = await deliveries.send('slash_commands', slashCommand(state, person, channel, name, escaped, url))
    if (delivery.status < 200 || delivery.status > 299) {
      const why = delivery.status === 0 ? delivery.body : `http_service_error`
      tellOnly(userId, channel.id, { text: `${name} failed with the error "${why}"` }, { user: 'USLACKBOT' })
      return delivery
    }
    if (delivery.body.trim() === '') return delivery
    const answer = readAnswer(delivery) ?? { text: delivery.body }
    const content = readContent(answer, state, 40_000)
    if (isRefusal(content)) return delivery
    if (answer.response_type !== 'in_channel') tellOnly(userId, channel.id, content, {})
    else {
      const mentions = mentionsOf(content, state, false)
      state.inChannel(channel.id).push({ ...byTheApp(), channel: channel.id, ts: state.nextTs(), ...content, mentions })
      state.changed()
    }
    return delivery
  }

  const openHome = async (userId: string): Promise<Delivery> => {
    const person = personOf(userId)
    if (!subscriptions.includes('app_home_opened')) return notSent
    const event = {
      type: 'app_home_opened',
      user: person.id,
      channel: state.openIm(person.id).id,
      tab: 'home',
      event_ts: state.nextTs(),
    }
    return deliveries.event(eventCallback(state, event))
  }

  return {
    click,
    clickInView: async (
      userId: string,
      target: Omit<ClickTarget, 'channel' | 'ts'>,
      entered: EnteredValues = {},
    ): Promise<Delivery> => clickOnView(personOf(userId), topView(userId), target, entered),
    clickInHome: async (userId: string, target: Omit<ClickTarget, 'channel' | 'ts'>): Promise<Delivery> => {
      const home = state.homes.get(userId)
      if (home === undefined) throw new Error(`${userId} has no App Home yet`)
      return clickOnView(personOf(userId), home, target, {})
    },
    submitView,
    closeView,
    say,
    command,
    /** What Slack itself answers to a command that no app has registered. */
    refuseCommand,
    openHome,
    verifyUrl: (challenge: string): Promise<Delivery> => deliveries.event(urlVerification(challenge)),
  }
}

/** Errors count only at input blocks of the view, as Slack has it; anything else is trouble. */
function readErrors(given: unknown, view: View): Readonly<Record<string, string>> {
  const inputs = new Set(view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id))
  const entries = isObject(given) ? Object.entries(given) : []
  const fits = entries.length > 0 && entries.every(([id, text]) => inputs.has(id) && typeof text === 'string')
  return fits ? Object.fromEntries(entries.map(([id, text]) => [id, String(text)])) : { '': trouble }
}
