import { describe, expect, it } from 'vitest'
import { decidingRoles, type Interested, type Person, refusalFor } from '../../src/domain/reviewer.ts'
import { aPerson, policyOf } from './transition-cases.ts'

const NOBODY: Interested = { requestedBy: null, agentOwner: null }
const dana = aPerson('U0DANA', { email: 'Dana@Example.com' })

function refusal(person: Person, interested = NOBODY, roles: readonly string[] = ['lead'], selfApproval = false) {
  return refusalFor({ person, roles: new Set(roles) }, ['lead', 'team'], interested, selfApproval)
}

describe('who may decide', () => {
  it('is anybody who holds one of the roles', () => {
    expect(refusal(dana)).toBeNull()
    expect(refusal(dana, NOBODY, ['team', 'other'])).toBeNull()
    expect(refusal(dana, NOBODY, ['other'])).toEqual({
      code: 'not_eligible',
      message: 'Only lead or team can decide this.',
    })
    expect(refusal(dana, NOBODY, [])?.code).toBe('not_eligible')
  })

  it('is never the requester, however they were named', () => {
    const names = [
      'U0DANA',
      'u0dana',
      '<@U0DANA>',
      '<@U0DANA|dana>',
      'dana@example.com',
      'DANA@EXAMPLE.COM ',
      ' <@u0dana>',
    ]
    for (const requestedBy of names)
      expect(refusal(dana, { ...NOBODY, requestedBy })?.code, requestedBy).toBe('self_approval')
    for (const agentOwner of names)
      expect(refusal(dana, { ...NOBODY, agentOwner })?.code, agentOwner).toBe('self_approval')
  })

  it('is not refused to somebody with a similar name', () => {
    for (const requestedBy of ['U0DAN', 'U0DANA2', '<@U0DANA2>', 'dana@example.org', 'xdana@example.com', 'dana', ''])
      expect(refusal(dana, { ...NOBODY, requestedBy }), requestedBy).toBeNull()
    expect(refusal(aPerson('U0DANA'), { ...NOBODY, requestedBy: 'null' })).toBeNull()
  })

  it('includes the requester and the owner where the policy says so', () => {
    expect(refusal(dana, { requestedBy: 'U0DANA', agentOwner: 'U0DANA' }, ['lead'], true)).toBeNull()
    expect(refusal(dana, { requestedBy: 'U0DANA', agentOwner: null }, ['other'], true)?.code).toBe('not_eligible')
  })

  it.each([
    ['guest', 'Guests of this workspace cannot decide.'],
    ['bot', 'Bots cannot decide.'],
    ['deactivated', 'A deactivated account cannot decide.'],
    ['other_workspace', 'Only members of this workspace can decide.'],
    ['unknown', 'Slack could not say who you are just now, so nothing was recorded. Please try again in a minute.'],
  ] as const)('is never a %s, whatever their roles and the policy', (barred, message) => {
    const person = aPerson('U1', { barred })
    expect(refusal(person, NOBODY, ['lead', 'team'], true)).toEqual({ code: 'not_a_member', message })
  })
})

describe('the deciding roles', () => {
  const policy = policyOf()

  it('are the assigned one and those further up the path', () => {
    expect(decidingRoles(policy, { role: 'support_lead', level: 0 })).toEqual(['support_lead', 'team_lead'])
    expect(decidingRoles(policy, { role: 'team_lead', level: 1 })).toEqual(['team_lead'])
  })

  it('include a fallback while it is assigned', () => {
    expect(decidingRoles(policy, { role: 'deputies', level: 0 })).toEqual(['deputies', 'support_lead', 'team_lead'])
  })
})
