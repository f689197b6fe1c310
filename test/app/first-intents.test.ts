/**
 * What Slack is first to show of a decision. Broken builds that these sentences were seen to catch:
 * - the oversight not asked for, or `alerts` of the defaults taken -> the alerts. Values in the notice -> "never a value".
 * - a window that ends where it begins -> "the minute or hour".
 */
import { describe, expect, it } from 'vitest'
import { firstIntents } from '../../src/app/first-intents.ts'
import { findAction } from '../../src/domain/manifest.ts'
import type { Oversight } from '../../src/domain/route.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const manifest = manifestOf(`
roles:
  support_lead: { members: [ana@example.com] }
  operations: { members: [dana@example.com] }
agents: { support-agent: { owner: ana@example.com, actions: [note, refund, quiet] } }
actions:
  note: { severity: low, reversible: false }
  refund: { severity: high, reversible: false, required_role: support_lead }
  quiet: { severity: low, reversible: false, alerts: off }
`)

function passing(action: string, now: number, oversight: Oversight = 'log_and_alert') {
  const event = submittedEvent({ route: 'auto_approve', oversight, proposal: aProposal({ action }), at: now })
  return firstIntents(event, 'support-agent', manifest, findAction(manifest, action), now)
}

function unknown(parameters: Readonly<Record<string, unknown>>, from = manifest) {
  const reasons = [{ code: 'unknown_action', message: 'it is not in the manifest' }]
  const event = submittedEvent({
    route: 'block',
    oversight: null,
    reasons,
    proposal: aProposal({ action: 'wipe', parameters }),
  })
  const [intent] = firstIntents(event, 'support-agent', from, null, NOON)
  if (intent?.kind !== 'notice.post' || intent.notice.about !== 'unknown_action') throw new Error('not told')
  return { key: intent.key, notice: intent.notice }
}

describe('an act that passes', () => {
  it('is told with the minute or hour in which it passed, as its action says', () => {
    const minute = (until: number) => [{ kind: 'alerts.post', window: { every: 'minute', until } }]
    expect(passing('note', NOON)).toEqual(minute(NOON + MINUTE))
    expect(passing('note', NOON + MINUTE - 1)).toEqual(minute(NOON + MINUTE))
    expect(passing('note', NOON + MINUTE)).toEqual(minute(NOON + 2 * MINUTE))
    // It needed approval and passed by its amount or confidence: many small lines, told by the hour.
    expect(passing('refund', NOON + 7 * MINUTE)).toEqual([
      { kind: 'alerts.post', window: { every: 'hour', until: NOON + HOUR } },
    ])
    expect(passing('quiet', NOON)).toEqual([])
  })

  it('is told nobody under another oversight', () => {
    expect(passing('note', NOON, 'autonomous')).toEqual([])
    expect(passing('note', NOON, 'on_the_loop')).toEqual([])
  })

  it('has a card where people can have it rolled back', () => {
    const event = submittedEvent({ route: 'auto_approve', oversight: 'on_the_loop' })
    const watched = { ...event, payload: { ...event.payload, rollbackUntil: NOON + HOUR } }
    const decision = event.payload.decision
    expect(firstIntents(watched, 'support-agent', manifest, null, NOON)).toEqual([{ kind: 'card.sync', decision }])
  })
})

describe('an action that nobody classified', () => {
  it('is told once a day with the names and types of its parameters, never a value', () => {
    const secret = 'the password'
    const sent = { a: secret, b: 7, c: true, d: null, e: [secret], f: { [secret]: secret } }
    const { key, notice } = unknown(sent)
    expect(key).toBe('unknown_action wipe 2026-03-01')
    expect(notice).toMatchObject({ agent: 'support-agent', role: 'operations', agentsListed: true, otherParameters: 0 })
    expect(notice.parameters.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'a string',
      'b number',
      'c boolean',
      'd null',
      'e array',
      'f object',
    ])
    expect(JSON.stringify(notice)).not.toContain(secret)
  })

  it('goes to a role that the manifest has', () => {
    const action = 'actions:\n  note: { severity: low, reversible: true }'
    expect(unknown({}, manifestOf(action)).notice).toMatchObject({ role: 'operations', agentsListed: false })
    const leads = `roles: { leads: { members: [ana@example.com] } }\n${action}`
    expect(unknown({}, manifestOf(leads)).notice.role).toBe('leads')
    expect(unknown({}, manifestOf(`defaults: { required_role: leads }\n${leads}`)).notice.role).toBe('leads')
  })
})
