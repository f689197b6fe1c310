import { z } from 'zod'
import { actionSchema } from './action-document.ts'
import { urgencies } from './manifest.ts'
import {
  actionName,
  channel,
  list,
  namePattern,
  pattern,
  person,
  roleName,
  usergroup,
  whole,
} from './manifest-field.ts'
import { tunables } from './tunable-document.ts'

/*
 * The YAML document as a policy owner writes it: everything optional that has a default, nothing else allowed.
 * Descriptions are what an editor shows beside a key.
 */

export const defaultsSchema = z
  .strictObject({
    ...tunables,
    required_role: tunables.required_role.describe('The role that decides where an action names none.'),
    operations_channel: channel.describe('Where blocked actions and trouble are told.'),
    administrators: roleName.describe('The role that decides where an action names nobody, and that may unfreeze.'),
  })
  .partial()

export const roleSchema = z
  .strictObject({
    members: list(person, 'a list of e-mail addresses or Slack user ids').describe(
      'E-mail addresses or Slack user ids.',
    ),
    usergroups: list(usergroup, 'a list of ids of Slack user groups').describe(
      'Ids of Slack user groups, such as S012ABCDEF. Who is in them is looked up each time.',
    ),
    channels: list(channel, 'a list of channels').describe(
      'Channels in quotes whose full members have this role. Who that is is looked up each time.',
    ),
    fallback: roleName.nullable().describe('The role that is asked when nobody here is available.'),
    capacity: whole(1, 100_000)
      .nullable()
      .describe('Open decisions that a person may have before others are preferred.'),
  })
  .partial()

const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)'
const hoursKey = pattern('a day or days such as mon or mon-fri', new RegExp(`^${weekday}(?:-${weekday})?$`))
const hoursText = 'hours in quotes such as "09:00-18:00", the first before the second'
const hours = pattern(hoursText, /^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/).refine(
  (range) => range.slice(0, 5) < range.slice(6),
  { error: hoursText },
)

export const calendarSchema = z.strictObject({
  timezone: z
    .string({ error: 'the name of a time zone such as Europe/Berlin' })
    .refine(isTimezone, { error: 'the name of a time zone such as Europe/Berlin' })
    .describe('The name of a time zone such as Europe/Berlin.'),
  hours: z.record(hoursKey, hours).describe('Working hours by day or days: mon-fri: "09:00-18:00"'),
  holidays: pattern('a country code such as DE or DE-BY', /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/)
    .nullish()
    .describe('The country whose holidays are free, such as DE or DE-BY.'),
})

export const agentSchema = z.strictObject({
  owner: person.describe('Who answers for the agent: an e-mail address or a Slack user id.').optional(),
  actions: list(actionName, 'a list of actions').describe('All actions that this agent may propose.'),
  max_urgency: z
    .enum(urgencies)
    .meta({ description: 'The highest urgency that this agent may ask for.', default: 'critical' })
    .optional(),
})

const name = pattern('a name: a letter first, then letters, digits and _ . : -', namePattern)
const named = <Entry extends z.ZodType>(entry: Entry) => z.record(name, entry)

/** One file of the manifest: each section may stand in any of them. */
export const fileSchema = z
  .strictObject({
    defaults: defaultsSchema.describe('What holds for every action that says nothing else.'),
    roles: named(roleSchema).describe('Who may decide, by the names that actions use.'),
    calendars: named(calendarSchema).describe('Working hours, by the names that actions use.'),
    agents: named(agentSchema).describe('What each agent may propose. Left out: any agent may propose any action.'),
    actions: named(actionSchema).describe('What agents may do. An action that is not listed is blocked.'),
  })
  .partial()

export type DefaultsDocument = z.infer<typeof defaultsSchema>
export type RoleDocument = z.infer<typeof roleSchema>
export type CalendarDocument = z.infer<typeof calendarSchema>
export type AgentDocument = z.infer<typeof agentSchema>
export type ActionDocument = z.infer<typeof actionSchema>

/** All files together, each entry of a known shape; `agents` absent: any agent may propose any action. */
export type ManifestDocument = {
  readonly defaults: DefaultsDocument
  readonly roles: Readonly<Record<string, RoleDocument>>
  readonly calendars: Readonly<Record<string, CalendarDocument>>
  readonly agents: Readonly<Record<string, AgentDocument>> | null
  readonly actions: Readonly<Record<string, ActionDocument>>
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
