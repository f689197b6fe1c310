import type { Reviewers } from '../../src/app/ports.ts'
import type { Manifest } from '../../src/domain/manifest.ts'
import type { Person } from '../../src/domain/reviewer.ts'
import { SECOND } from '../../src/domain/time.ts'
import { roleSources } from '../../src/domain/who-may-approve.ts'
import type { Chance } from './chance.ts'

/** How somebody reviews. */
export type Habit = {
  /** ms that a card of little text takes, about. */
  readonly looks: number
  /** How many ms more each character takes. */
  readonly perCharacter: number
  /** The share of what is wrong that is noticed. */
  readonly notices: number
  /** The share of what is right that is denied all the same. */
  readonly refuses: number
}

type Member = { readonly id: string; readonly name: string; readonly email: string; readonly habit: Habit }

/** Those of the local workspace. */
const TEAM: readonly Member[] = [
  {
    id: 'U0ANA00001',
    name: 'ana',
    email: 'ana@example.com',
    habit: { looks: 70 * SECOND, perCharacter: 150, notices: 0.72, refuses: 0.015 },
  },
  {
    id: 'U0BEN00001',
    name: 'ben',
    email: 'ben@example.com',
    habit: { looks: 14 * SECOND, perCharacter: 8, notices: 0.3, refuses: 0.005 },
  },
  {
    id: 'U0CAROL001',
    name: 'carol',
    email: 'carol@example.com',
    habit: { looks: 150 * SECOND, perCharacter: 60, notices: 0.6, refuses: 0.02 },
  },
  {
    id: 'U0DANA0001',
    name: 'dana',
    email: 'dana@example.com',
    habit: { looks: 60 * SECOND, perCharacter: 60, notices: 0.6, refuses: 0.01 },
  },
]

/** Who answers when people are asked whether what passed was right. */
export const AUDITORS: readonly string[] = ['U0ANA00001', 'U0CAROL001']

/** @throws for somebody who is not of the team */
export function habitOf(user: string): Habit {
  const member = TEAM.find(({ id }) => id === user)
  if (member === undefined) throw new Error(`${user} is not of the team`)
  return member.habit
}

/** ms from being asked to the decision: somebody sees it after a while, and takes the longer the more there is to read. */
export function takes({ looks, perCharacter }: Habit, characters: number, chance: Chance): number {
  return Math.round(chance.around(90 * SECOND, 1.1) + chance.around(looks + perCharacter * characters, 0.5))
}

/** The team as Slack would describe it, all of them there. */
export const reviewers: Reviewers = {
  person: async (user) => person(user),
  rolesOf: async ({ id }, roles, manifest, channel) =>
    new Set(roles.filter((role) => holders(role, manifest, channel).some((each) => each.id === id))),
  membersOf: async (role, manifest, channel) => holders(role, manifest, channel).map(({ id }) => person(id)),
  unreachable: async () => new Set(),
  timeZone: async () => 'UTC',
}

function holders(role: string, manifest: Manifest, channel: string): readonly Member[] {
  const { members } = roleSources(manifest, role, channel)
  return TEAM.filter(({ email, id }) => members.includes(email) || members.includes(id))
}

function person(user: string): Person {
  const member = TEAM.find(({ id }) => id === user)
  const barred = member === undefined ? 'unknown' : null
  return { id: user, team: 'T0LOCAL001', name: member?.name ?? user, email: member?.email ?? null, barred }
}
