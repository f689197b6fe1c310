/**
 * Who could approve, as far as the manifest says. Broken builds that these sentences were seen to catch:
 * - roles below the level, the fallback of a role on the path, or its own level left out -> the first two.
 * - administrators without a role, or a role that is gone, taken for nobody -> the channel, "an administrator".
 * - the requester or the owner left among the people, or taken out in spite of self_approval -> their own case.
 */
import { describe, expect, it } from 'vitest'
import { findAction, type Manifest } from '../../src/domain/manifest.ts'
import type { Interested } from '../../src/domain/reviewer.ts'
import { whoMayApprove } from '../../src/domain/who-may-approve.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const NOBODY: Interested = { requestedBy: null, agentOwner: null }
const roles = `
roles:
  support_lead:
    { members: [ana@example.com, U0BEN], usergroups: [S012ABCDEF], fallback: deputies }
  deputies: { members: [dora@example.com] }
  team_lead: { members: [carol@example.com, ana@example.com], channels: ["#team-leads"] }`
const action = (more = '') =>
  `actions: { pay: { severity: high, reversible: false, escalation_path: [support_lead, team_lead], channel: "#pay"${more} } }`

function approvers(manifest: Manifest, role: string, level: number, interested = NOBODY) {
  const policy = findAction(manifest, 'pay')
  if (policy === null) throw new Error('the manifest has lost its action')
  return whoMayApprove(manifest, policy, { role, level }, interested)
}

describe('who could approve', () => {
  const manifest = manifestOf(action() + roles)

  it('is everybody of the assigned role and of those further up, each once, with the roles they stand for', () => {
    expect(approvers(manifest, 'support_lead', 0)).toEqual({
      people: [
        { who: 'ana@example.com', roles: ['support_lead', 'team_lead'] },
        { who: 'U0BEN', roles: ['support_lead'] },
        { who: 'carol@example.com', roles: ['team_lead'] },
      ],
      usergroups: [{ who: 'S012ABCDEF', roles: ['support_lead'] }],
      channels: [{ who: '#team-leads', roles: ['team_lead'] }],
      excluded: [],
    })
  })

  it('is nobody of a level below, and a fallback only while it is assigned', () => {
    const people = (role: string, level: number) => approvers(manifest, role, level).people.map(({ who }) => who)
    expect(people('team_lead', 1)).toEqual(['carol@example.com', 'ana@example.com'])
    expect(people('deputies', 1)).toEqual(['dora@example.com', 'carol@example.com', 'ana@example.com'])
  })

  it('is the channel of the card where no roles are defined, and that of operations for administrators', () => {
    const article = manifestOf(
      'actions: { pay: { severity: high, reversible: false, escalation_path: [lead, operations], channel: "#pay" } }',
    )
    expect(approvers(article, 'lead', 0)).toMatchObject({
      people: [],
      channels: [
        { who: '#pay', roles: ['lead'] },
        { who: '#agent-ops', roles: ['operations'] },
      ],
    })
  })

  it('is an administrator for a role that is not defined any more among others that are', () => {
    expect(approvers(manifest, 'ghosts', 2)).toMatchObject({
      people: [],
      channels: [{ who: '#agent-ops', roles: ['ghosts'] }],
    })
    const administered = manifestOf(`defaults: { administrators: team_lead }\n${action()}${roles}`)
    expect(approvers(administered, 'ghosts', 2).people.map(({ who }) => who)).toEqual([
      'carol@example.com',
      'ana@example.com',
    ])
  })
})

describe('people with a case of their own', () => {
  const interested = { requestedBy: 'Ana Ito <ANA@example.com>', agentOwner: 'U0BEN' }

  it('are left out, and named as such', () => {
    const { people, excluded } = approvers(manifestOf(action() + roles), 'support_lead', 0, interested)
    expect(people.map(({ who }) => who)).toEqual(['carol@example.com'])
    expect(excluded).toEqual([
      { who: 'Ana Ito <ANA@example.com>', because: 'requested_by' },
      { who: 'U0BEN', because: 'agent_owner' },
    ])
  })

  it('may decide it where the policy says so', () => {
    const { people, excluded } = approvers(
      manifestOf(action(', self_approval: true') + roles),
      'support_lead',
      0,
      interested,
    )
    expect(people).toHaveLength(3)
    expect(excluded).toEqual([])
  })
})
