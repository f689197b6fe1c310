/** views.*: modals and the App Home (docs.slack.dev/reference/methods/views.open and on). */
import { isRefusal } from './chat-methods.ts'
import { isObject, type JsonObject } from './check.ts'
import { validateView } from './limits.ts'
import { appId, botId, teamId } from './people.ts'
import { asObjects, type Method, missing, type Reply, readJson, readString, refuse, refuseFor } from './reply.ts'
import type { State, View } from './state.ts'

/** A trigger id opens one modal, within three seconds of the act that gave it. */
const triggerLifeMs = 3000

const none = (): readonly string[] => []

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': { scopes: none, pace: 100, run: openView },
  'views.push': { scopes: none, pace: 100, run: pushView },
  'views.update': { scopes: none, pace: 100, run: updateView },
  'views.publish': { scopes: none, pace: 100, run: publishView },
}

/** A view as Slack gives it to the app, with what was entered. */
export function shownView(view: View): JsonObject {
  const { values, errors: _errors, ...rest } = view
  return {
    ...rest,
    team_id: teamId,
    title: view.title ?? null,
    submit: view.submit ?? null,
    close: view.close ?? null,
    state: { values },
    app_id: appId,
    app_installed_team_id: teamId,
    bot_id: botId,
  }
}

function readView(args: JsonObject, type: 'modal' | 'home'): { readonly view: JsonObject } | Reply {
  const read = readJson(args, 'view')
  if (read === undefined) return missing('view')
  if (read === 'malformed' || !isObject(read.value)) {
    return refuseFor('invalid_arguments', [{ message: 'must be a valid view', pointer: '/view' }])
  }
  if (Buffer.byteLength(JSON.stringify(read.value)) > 250_000) return refuse('view_too_large')
  const problems = validateView(read.value, type)
  return problems.length > 0 ? refuseFor('invalid_arguments', problems) : { view: read.value }
}

/** A view as the app described it becomes one that is shown; what was entered in `before` stays under the same ids. */
export function buildView(
  state: State,
  given: JsonObject,
  place: Pick<View, 'id' | 'root_view_id' | 'previous_view_id'>,
  before?: View,
): View {
  const object = (key: string): JsonObject | undefined => {
    const value = given[key]
    return isObject(value) ? value : undefined
  }
  const title = object('title')
  const submit = object('submit')
  const close = object('close')
  const blocks = state.withBlockIds(asObjects(given.blocks))
  const kept = Object.entries(before?.values ?? {}).filter(([id]) => blocks.some((block) => block.block_id === id))
  return {
    ...place,
    type: given.type === 'home' ? 'home' : 'modal',
    hash: `${Math.floor(state.now() / 1000)}.${state.newId('', 8)}`,
    blocks,
    ...(title === undefined ? {} : { title }),
    ...(submit === undefined ? {} : { submit }),
    ...(close === undefined ? {} : { close }),
    private_metadata: readString(given, 'private_metadata') ?? '',
    callback_id: readString(given, 'callback_id') ?? '',
    external_id: readString(given, 'external_id') ?? '',
    clear_on_close: given.clear_on_close === true,
    notify_on_close: given.notify_on_close === true,
    values: Object.fromEntries(kept),
    errors: {},
  }
}

function allViews(state: State): readonly View[] {
  return [...[...state.modals.values()].flat(), ...state.homes.values()]
}

function externalIdTaken(state: State, view: JsonObject, except?: string): boolean {
  const id = readString(view, 'external_id')
  return id !== undefined && allViews(state).some((each) => each.external_id === id && each.id !== except)
}

function useTrigger(args: JsonObject, state: State): { readonly userId: string } | Reply {
  const id = readString(args, 'trigger_id') ?? readString(args, 'interactivity_pointer')
  if (id === undefined) return missing('trigger_id')
  const trigger = state.triggers.get(id)
  if (trigger === undefined) return refuse('invalid_trigger_id')
  if (state.now() - trigger.issuedAt > triggerLifeMs) return refuse('expired_trigger_id')
  if (trigger.used) return refuse('exchanged_trigger_id')
  trigger.used = true
  return { userId: trigger.userId }
}

function openView(args: JsonObject, state: State): Reply {
  const read = readView(args, 'modal')
  if (isRefusal(read)) return read
  if (externalIdTaken(state, read.view)) return refuse('duplicate_external_id')
  const trigger = useTrigger(args, state)
  if (isRefusal(trigger)) return trigger
  const id = state.newId('V0')
  const view = buildView(state, read.view, { id, root_view_id: id, previous_view_id: null })
  state.modals.set(trigger.userId, [view])
  state.changed()
  return { ok: true, view: shownView(view) }
}

function pushView(args: JsonObject, state: State): Reply {
  const read = readView(args, 'modal')
  if (isRefusal(read)) return read
  if (externalIdTaken(state, read.view)) return refuse('duplicate_external_id')
  const trigger = useTrigger(args, state)
  if (isRefusal(trigger)) return trigger
  const view = pushOnto(state, trigger.userId, read.view)
  if (view === undefined) return refuse('push_limit_reached')
  return { ok: true, view: shownView(view) }
}

/** Three views lie on each other at most; a fourth is not shown, and undefined comes back. */
export function pushOnto(state: State, userId: string, given: JsonObject): View | undefined {
  const stack = state.modals.get(userId) ?? []
  if (stack.length >= 3) return undefined
  const id = state.newId('V0')
  const place = { id, root_view_id: stack[0]?.id ?? id, previous_view_id: stack.at(-1)?.id ?? null }
  const view = buildView(state, given, place)
  state.modals.set(userId, [...stack, view])
  state.changed()
  return view
}

/** Puts another view in the place of one that is open; undefined when it is not open any more. */
export function replaceView(state: State, old: View, given: JsonObject): View | undefined {
  const { id, root_view_id, previous_view_id } = old
  const view = buildView(state, given, { id, root_view_id, previous_view_id }, old)
  return putView(state, view) ? view : undefined
}

/** Writes a changed view over the one with its id. False when it is not open any more. */
export function putView(state: State, view: View): boolean {
  for (const [userId, stack] of state.modals) {
    if (!stack.some((each) => each.id === view.id)) continue
    state.modals.set(
      userId,
      stack.map((each) => (each.id === view.id ? view : each)),
    )
    state.changed()
    return true
  }
  for (const [userId, home] of state.homes) {
    if (home.id !== view.id) continue
    state.homes.set(userId, view)
    state.changed()
    return true
  }
  return false
}

function updateView(args: JsonObject, state: State): Reply {
  const id = readString(args, 'view_id')
  const externalId = readString(args, 'external_id')
  if (id === undefined && externalId === undefined) return missing('view_id')
  const old = allViews(state).find((each) => (id === undefined ? each.external_id === externalId : each.id === id))
  if (old === undefined) return refuse('not_found')
  const read = readView(args, old.type)
  if (isRefusal(read)) return read
  const hash = readString(args, 'hash')
  if (hash !== undefined && hash !== old.hash) return refuse('hash_conflict')
  if (externalIdTaken(state, read.view, old.id)) return refuse('duplicate_external_id')
  const view = replaceView(state, old, read.view)
  return view === undefined ? refuse('not_found') : { ok: true, view: shownView(view) }
}

function publishView(args: JsonObject, state: State): Reply {
  const userId = readString(args, 'user_id')
  if (userId === undefined) return missing('user_id')
  const person = state.people.get(userId)
  if (person === undefined || person.deleted === true) return refuse('invalid_arguments')
  const read = readView(args, 'home')
  if (isRefusal(read)) return read
  const old = state.homes.get(userId)
  const hash = readString(args, 'hash')
  if (hash !== undefined && old !== undefined && hash !== old.hash) return refuse('hash_conflict')
  if (externalIdTaken(state, read.view, old?.id)) return refuse('duplicate_external_id')
  const id = old?.id ?? state.newId('V0')
  const view = buildView(state, read.view, { id, root_view_id: id, previous_view_id: null }, old)
  state.homes.set(userId, view)
  state.changed()
  return { ok: true, view: shownView(view) }
}
