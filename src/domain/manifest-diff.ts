import { actionDifferences, actionInShort } from './action-diff.ts'
import { type Difference, type Effect, group, list, names, same, step, type Tellers, value } from './difference.ts'
import type { AgentPolicy, Calendar, Defaults, Manifest } from './manifest.ts'
import { inheritedPath } from './manifest-defaults.ts'
import { roleInShort, tellRole } from './role-diff.ts'
import { tunableTellers } from './tunable-diff.ts'

/** One difference between two manifests, in words. */
export type ManifestChange = {
  /** `actions.process_refund.conditions.auto_approve_below_usd` */
  readonly path: string
  /** A sentence without its full stop that a policy owner reads. */
  readonly message: string
  /** Whether people are asked more or less often than before; `null`: neither, or it depends. */
  readonly effect: Effect
}

/**
 * What changed from one manifest to another, in the order in which a reader of the files meets it. Two manifests with
 * different digests have at least one change. What actions only inherit is told once, where it was changed.
 */
export function manifestChanges(before: Manifest, after: Manifest): readonly ManifestChange[] {
  if (before.digest === after.digest) return []
  const shared = [
    ...tellDefaults(before.defaults, after.defaults, 'an action').map((each) => at('defaults', each)),
    ...roleChanges(before, after),
  ]
  const calendars = entryChanges('calendars', before.calendars, after.calendars, {
    came: (name, calendar) => `the calendar \`${name}\` is new: ${calendarInShort(calendar)}`,
    went: (name) => `the calendar \`${name}\` is gone`,
    changed: (name, old, now) => tellCalendar(old, now, `\`${name}\``),
    effects: { came: null, went: null },
  })
  const actions = entryChanges('actions', before.actions, after.actions, {
    came: (name, action) => `the action \`${name}\` is new: ${actionInShort(action)}`,
    went: (name) => `the action \`${name}\` is gone: it is blocked from now on`,
    changed: (_name, old, now) => actionDifferences(old, now),
    // An action that is not listed is blocked.
    effects: { came: 'looser', went: 'stricter' },
  })
  const { kept, heirs } = inherited(actions, causesOf(before, after, shared))
  return [
    ...shared.map((each) => withHeirs(each, heirs.get(each) ?? [])),
    ...calendars,
    ...agentChanges(before.agents, after.agents),
    ...kept,
  ].map(({ path, message, effect }) => ({ path, message, effect }))
}

/** A change that knows its values: one in an action may be the same step as one in the defaults. */
type Change = ManifestChange & Pick<Difference, 'key' | 'step'> & { readonly entry: string }

const defaultsTellers: Tellers<Defaults> = {
  ...tunableTellers,
  required_role: value(
    (before, after) => `actions that name nobody now ask ${roleText(after)}, instead of ${roleText(before)}`,
  ),
  operations_channel: value((before, after) => `operations are now told in ${after}, instead of ${before}`),
  administrators: value((before, after) => `the administrators are now \`${after}\`, instead of \`${before}\``),
}
const tellDefaults = group(defaultsTellers)

const tellCalendar = group<Calendar>({
  timezone: value((before, after, subject) => `the time zone of ${subject} is now ${after}, instead of ${before}`),
  hours: value(
    (before, after, subject) => `the hours of ${subject} are now ${hoursText(after)}, instead of ${hoursText(before)}`,
  ),
  holidays: value(
    (before, after, subject) => `the holidays of ${subject} are now ${after ?? 'none'}, instead of ${before ?? 'none'}`,
  ),
})

const tellAgent = group<AgentPolicy>({
  owner: value(
    (before, after, subject) => `the owner of ${subject} is now ${after ?? 'nobody'}, instead of ${before ?? 'nobody'}`,
  ),
  actions: list(
    (items, subject) => `the agent ${subject} may now propose ${names(items)}`,
    (items, subject) => `the agent ${subject} may no longer propose ${names(items)}: it is blocked`,
    'the actions',
    { came: 'looser', left: 'stricter' },
  ),
  max_urgency: value(
    (before, after, subject) =>
      `the agent ${subject} can now raise the urgency up to ${after}, instead of up to ${before}`,
  ),
})

type Words<Entry> = {
  readonly came: (name: string, entry: Entry) => string
  readonly went: (name: string, entry: Entry) => string
  readonly changed: (name: string, old: Entry, now: Entry) => readonly Difference[]
  readonly effects: { readonly came: Effect; readonly went: Effect }
}

/** Entries that are gone stand where they stood, new ones after them. */
function entryChanges<Entry>(
  section: string,
  before: Readonly<Record<string, Entry>>,
  after: Readonly<Record<string, Entry>>,
  { came, went, changed, effects }: Words<Entry>,
): readonly Change[] {
  const old = new Map(Object.entries(before))
  const now = new Map(Object.entries(after))
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const from = old.get(name)
    const to = now.get(name)
    const whole = { key: '', step: step(from ?? null, to ?? null) }
    const entry = `${section}.${name}`
    if (from === undefined && to !== undefined)
      return [at(entry, { ...whole, message: came(name, to), effect: effects.came })]
    if (from !== undefined && to === undefined)
      return [at(entry, { ...whole, message: went(name, from), effect: effects.went })]
    if (from === undefined || to === undefined || same(from, to)) return []
    return changed(name, from, to).map((each) => at(entry, each))
  })
}

function at(entry: string, each: Difference): Change {
  const path = each.key === '' ? entry : `${entry}.${each.key}`
  return { ...each, entry, path: path.replaceAll('.[', '[') }
}

function roleChanges(before: Manifest, after: Manifest): readonly Change[] {
  const changes = entryChanges('roles', before.roles, after.roles, {
    came: (name, role) => `the role \`${name}\` is new: ${roleInShort(role)}`,
    went: (name) => `the role \`${name}\` is gone`,
    changed: (name, old, now) => tellRole(old, now, `\`${name}\``),
    effects: { came: null, went: null },
  })
  const had = Object.keys(before.roles).length > 0
  const has = Object.keys(after.roles).length > 0
  if (had === has) return changes
  const message = has
    ? "roles are defined now: a role no longer means all full members of an action's channel"
    : "no roles are defined any more: each role now means all full members of an action's channel"
  return [at('roles', { key: '', message, effect: null, step: '' }), ...changes]
}

function agentChanges(before: Manifest['agents'], after: Manifest['agents']): readonly Change[] {
  const whole = { key: '', step: '' }
  const changes = entryChanges('agents', before ?? {}, after ?? {}, {
    came: (name, agent) => `the agent \`${name}\` ${before === null ? 'may' : 'may now'} propose ${proposals(agent)}`,
    went: (name) =>
      after === null
        ? `the agent \`${name}\` is no longer listed`
        : `the agent \`${name}\` may no longer propose anything`,
    changed: (name, old, now) => tellAgent(old, now, `\`${name}\``),
    // Where one of the two lists no agents, what each of them may do is the doing of that.
    effects: before === null || after === null ? { came: null, went: null } : { came: 'looser', went: 'stricter' },
  })
  if (before === null && after !== null) {
    const message = 'only the agents that are listed may propose anything now, instead of any agent with a key'
    return [at('agents', { ...whole, message, effect: 'stricter' }), ...changes]
  }
  if (before !== null && after === null) {
    const message = 'any agent with a key may propose any action now, instead of only those that were listed'
    return [at('agents', { ...whole, message, effect: 'looser' }), ...changes]
  }
  return changes
}

/** What an action's change would be if it only followed from another one, and which one that is. */
function causesOf(before: Manifest, after: Manifest, shared: readonly Change[]): ReadonlyMap<string, Change> {
  const pathOf = ({ roles, defaults }: Manifest, role: string | null) =>
    inheritedPath(role, roles, defaults.administrators)
  return new Map(
    shared
      .flatMap((cause): readonly (readonly [string, Change])[] => {
        const { entry, key } = cause
        if (entry === 'defaults') {
          const own = [causeKey(key, cause.step), cause] as const
          // Where nobody declared how to tell of approvals, those by threshold or amount are told once an hour.
          if (key === 'alerts') return [own, [causeKey(key, step('digest', after.defaults.alerts)), cause]]
          if (key === 'administrators') return [[pathKey(pathOf(before, null), pathOf(after, null)), cause]]
          if (key !== 'required_role') return [own]
          const path = pathKey(
            pathOf(before, before.defaults.required_role),
            pathOf(after, after.defaults.required_role),
          )
          return [own, [path, cause]]
        }
        const role = entry.slice('roles.'.length)
        if (entry === 'roles' || (key !== '' && key !== 'fallback')) return []
        return [[pathKey(pathOf(before, role), pathOf(after, role)), cause]]
      })
      .toReversed(), // The first of two that explain the same is told.
  )
}

function causeKey(key: string, itsStep: string): string {
  return `${key} ${itsStep}`
}

function pathKey(before: readonly string[], after: readonly string[]): string {
  return causeKey('escalation_path', step(before, after))
}

/** The changes that actions have of their own, and those that they have from elsewhere, by where that is. */
function inherited(actions: readonly Change[], causes: ReadonlyMap<string, Change>) {
  const heirs = new Map<Change, readonly Change[]>()
  const kept = actions.filter((change) => {
    const cause = causes.get(causeKey(change.key, change.step))
    if (cause === undefined) return true
    heirs.set(cause, [...(heirs.get(cause) ?? []), change])
    return false
  })
  return { kept, heirs }
}

const mostNames = 10

function withHeirs(change: Change, heirs: readonly Change[]): Change {
  const { entry, key, message } = change
  if (entry === 'defaults' && key !== 'administrators' && key !== 'operations_channel') {
    if (heirs.length === 0) return { ...change, message: `${message}; no action inherits it`, effect: null }
    const effect = heirs.some((heir) => heir.effect !== null) ? change.effect : null
    return { ...change, message: `${message}, for every action that sets no other: ${actionsOf(heirs)}`, effect }
  }
  if (heirs.length === 0) return change
  return { ...change, message: `${message}, also on the escalation path of ${actionsOf(heirs)}` }
}

function actionsOf(heirs: readonly Change[]): string {
  const actions = [...new Set(heirs.map(({ entry }) => entry.slice('actions.'.length)))]
  const more = actions.length - mostNames
  return more > 0 ? `${names(actions.slice(0, mostNames))} and ${more} more` : names(actions)
}

function proposals({ actions, max_urgency }: AgentPolicy): string {
  const urgency = max_urgency === 'critical' ? '' : `, at most with ${max_urgency} urgency`
  return `${actions.length === 0 ? 'nothing' : names(actions)}${urgency}`
}

function calendarInShort({ timezone, hours, holidays }: Calendar): string {
  return `${hoursText(hours)} in ${timezone}${holidays === null ? '' : `, without the holidays of ${holidays}`}`
}

function hoursText(hours: Calendar['hours']): string {
  const days = Object.entries(hours).map(([day, range]) => `${day} ${range}`)
  return days.length === 0 ? 'none' : days.join(', ')
}

function roleText(name: string | null): string {
  return name === null ? 'the administrators' : `\`${name}\``
}
