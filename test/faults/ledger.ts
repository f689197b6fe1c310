import { expect } from 'vitest'
import type { DecisionEvent } from '../../src/domain/event.ts'
import type { Desk } from './desks.ts'
import type { Reply } from './scene.ts'

type Json = Reply['body']

/** A proposal as its agent knows it. */
export type Proposed = {
  readonly key: string
  readonly desk: Desk
  readonly body: Json
  /** Every version that was ever shown, by its number. */
  readonly versions: Map<number, Json>
  /** The highest of them; null: it was never answered. */
  latest: Json | null
}

/** A write of an agent, or the text of a person's modal. `mark` stands in it and nowhere else. */
export type Written = {
  readonly proposed: Proposed
  readonly mark: string
  readonly type: DecisionEvent['type']
  /** What its event must hold. */
  readonly content: { readonly payload?: Json; readonly sealed?: Json }
  fate: 'unknown' | 'recorded' | 'refused'
}

/** A person pressed Approve. `answered`: Slack got its 200, so this person believes that something was recorded. */
export type Pressed = {
  readonly proposed: Proposed
  readonly user: string
  readonly revision: number
  answered: boolean
}

/** A plan that Countersign carries out, as its agent knows it. */
export type Planned = {
  readonly key: string
  /** Where people approve its fourth step. */
  readonly desk: Desk
  readonly body: Json
  /** null: it was never answered. */
  latest: Json | null
  /** The decision whose approval Slack got its 200 for. */
  approved: string | null
}

/** All that agents and people did, and what they were told of it. */
export type Ledger = {
  readonly proposals: Proposed[]
  readonly writes: Written[]
  readonly presses: Pressed[]
  readonly plans: Planned[]
}

export function createLedger(): Ledger {
  return { proposals: [], writes: [], presses: [], plans: [] }
}

export const MARK = /mark-\d+-end/g

export function newMark({ writes }: Ledger): string {
  return `mark-${writes.length}-end`
}

const OPEN: ReadonlySet<unknown> = new Set(['pending', 'clarifying'])

export function isOpen(shown: Json | null): boolean {
  return OPEN.has(shown?.['status'])
}

export function versionOf(shown: Json | null): number {
  return Number(shown?.['version'] ?? 0)
}

/**
 * Notes what an answer showed of a decision, which must go on from what was shown before the question was sent.
 * @param before the latest that the asker knew when it asked
 */
export function saw(proposed: Proposed, shown: Json, before: Json | null): void {
  const version = versionOf(shown)
  expect(version, 'the version went back').toBeGreaterThanOrEqual(versionOf(before))
  const { parameters, action } = proposed.body
  expect(shown).toMatchObject({ parameters, action })
  if (before !== null) {
    const { id, nonce, created_at, manifest_digest } = before
    expect(shown).toMatchObject({ id, nonce, created_at, manifest_digest })
    if (!isOpen(before)) expect(shown['status'], 'a terminal status changed').toBe(before['status'])
  }
  const { links: _, ...lasting } = shown
  const known = proposed.versions.get(version)
  if (known === undefined) proposed.versions.set(version, lasting)
  else expect(lasting, 'one version, two contents').toEqual(known)
  if (version > versionOf(proposed.latest)) proposed.latest = lasting
}

/**
 * Notes what an answer showed of a plan, which must go on from what was known before the question was sent.
 * @param before null: nothing was
 */
export function sawPlan(planned: Planned, shown: Json, before: Pick<Planned, 'latest' | 'approved'> | null): void {
  const { latest, approved } = before ?? { latest: null, approved: null }
  expect(versionOf(shown), 'the version went back').toBeGreaterThanOrEqual(versionOf(latest))
  if (latest !== null) {
    expect(shown['id']).toBe(latest['id'])
    const steps = stepsOf(latest)
    expect(stepsOf(shown).slice(0, steps.length), 'what was done has changed').toEqual(steps)
  }
  if (approved !== null) expect(shown['approval_request_id'], 'an answered click is gone').not.toBe(approved)
  expect(ON_THE_WAY, `${planned.key} is ${String(shown['status'])}: ${String(shown['reason'])}`).toContain(
    shown['status'],
  )
  if (versionOf(shown) >= versionOf(planned.latest)) planned.latest = shown
}

const ON_THE_WAY: readonly unknown[] = ['running', 'awaiting_approval', 'approved', 'completed']

function stepsOf(shown: Json): readonly unknown[] {
  const steps = shown['completed_steps']
  return Array.isArray(steps) ? steps : []
}

/** An answered Approve has decided, unless it was the second, came too late, or was about parameters that had changed. */
export function expectDecided({ revision }: Pressed, status: unknown, revisionNow: number): void {
  expect(!OPEN.has(status) || revisionNow > revision, 'an answered click is gone').toBe(true)
}
