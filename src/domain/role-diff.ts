import { group, joined, list, value } from './difference.ts'
import type { Role } from './manifest.ts'

/** Says who joined and left a role, and what else changed about it. */
export const tellRole = group<Role>({
  members: list(
    (people, subject) => `${joined(people)} joined ${subject}`,
    (people, subject) => `${joined(people)} left ${subject}`,
    'the members',
  ),
  usergroups: list(
    (ids, subject) => `the user group ${joined(ids)} joined ${subject}`,
    (ids, subject) => `the user group ${joined(ids)} left ${subject}`,
    'the user groups',
  ),
  channels: list(
    (channels, subject) => `the full members of ${joined(channels)} joined ${subject}`,
    (channels, subject) => `the full members of ${joined(channels)} left ${subject}`,
    'the channels',
  ),
  fallback: value(
    (before, after, subject) => `${subject} now falls back to ${nameText(after)}, instead of ${nameText(before)}`,
  ),
  capacity: value(
    (before, after, subject) =>
      `people in ${subject} now have ${loadText(after)} before others are preferred, instead of ${loadText(before)}`,
  ),
})

/** "ana@example.com and #support-leads, then `operations`", of a role that is new. */
export function roleInShort({ members, usergroups, channels, fallback }: Role): string {
  const people = joined([...members, ...usergroups, ...channels])
  const after = fallback === null ? '' : `, then \`${fallback}\``
  return `${people === '' ? 'nobody yet' : people}${after}`
}

function nameText(name: string | null): string {
  return name === null ? 'nobody' : `\`${name}\``
}

function loadText(capacity: number | null): string {
  return capacity === null ? 'any number of open decisions' : `up to ${capacity} open decisions`
}
