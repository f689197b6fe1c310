/**
 * The policy of a stage gate. Seen to fail: with the gate's own role left out, with its fallback left out, and with a
 * manifest that could make it pass without a person.
 */
import { describe, expect, it } from 'vitest'
import { route } from '../../src/domain/route.ts'
import { GATE_ACTION, gatePolicy, policyOf } from '../../src/domain/stage-gate.ts'
import { aProposal } from '../fixtures/decisions.ts'
import { manifestOf, noFacts } from '../fixtures/manifest-of.ts'

const MANIFEST = manifestOf(`
defaults: { approval_timeout_seconds: 1200, sla_minutes: { normal: 7 } }
roles:
  team_lead: { members: [ana@example.com], fallback: director }
  director: { members: [dana@example.com] }
  operations: { members: [olu@example.com] }
actions:
  look_up: { severity: low, reversible: true }
`)
const gate = { checkpoint: 'before go-live', required_role: 'team_lead' }

describe('a stage gate', () => {
  it('asks holders of the role that it names, then its fallback, in the time that the defaults give', () => {
    expect(gatePolicy(MANIFEST, gate)).toMatchObject({
      name: GATE_ACTION,
      description: 'before go-live',
      required_role: 'team_lead',
      escalation_path: ['team_lead', 'director'],
      approval_timeout_seconds: 1200,
      sla_minutes: expect.objectContaining({ normal: 7 }),
      executor: null,
      limits: [],
    })
  })

  it('never passes without a person, however sure the agent is', () => {
    const proposal = aProposal({ action: GATE_ACTION, parameters: {}, confidence: 1, gate })
    const { route: way } = route(MANIFEST, { agent: 'support-agent', proposal }, noFacts)
    expect(['human_review', 'escalate']).toContain(way)
  })

  it('is what a proposal with a gate goes by, and no other', () => {
    expect(policyOf(MANIFEST, aProposal({ action: GATE_ACTION, gate }))?.required_role).toBe('team_lead')
    expect(policyOf(MANIFEST, aProposal({ action: 'look_up' }))?.name).toBe('look_up')
    expect(policyOf(MANIFEST, aProposal({ action: GATE_ACTION }))).toBeNull()
  })

  it('has a name that no manifest can give to an action, so that no agent can propose it', () => {
    expect(() => manifestOf(`actions: { "${GATE_ACTION}": { severity: low, reversible: true } }`)).toThrow()
  })
})
