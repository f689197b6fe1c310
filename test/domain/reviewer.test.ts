/**
 * Who may decide. Broken builds that these sentences were seen to catch:
 * - the requester or the owner let through, e-mails compared by case, mentions with a name not read -> "never the requester".
 * - ids compared by their beginning -> "a similar name". Any role enough -> "holds one of the roles".
 * - guests and bots let through with self_approval -> "is never a". Levels below let through -> the deciding roles.
 */
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
      'Dana Weiss <dana@example.com>',
      'mailto:dana@example.com',
      'for dana@example.com.',
      'da\u200bna@example.com',
    ]
    for (const requestedBy of names)
      expect(refusal(dana, { ...NOBODY, requestedBy })?.code, requestedBy).toBe('self_approval')
    for (const agentOwner of names)
      expect(refusal(dana, { ...NOBODY, agentOwner })?.code, agentOwner).toBe('self_approval')
  })

  it('is nobody whose e-mail Slack keeps to itself, where an e-mail names the requester or the owner', () => {
    const hidden = aPerson('U0DANA', { email: null })
    expect(refusal(hidden, { ...NOBODY, requestedBy: 'ana@example.com' })?.message).toContain('Slack gives no e-mail')
    expect(refusal(hidden, { ...NOBODY, agentOwner: 'ana@example.com' })?.code).toBe('self_approval')
    expect(refusal(hidden, { ...NOBODY, requestedBy: 'U0ANA' })).toBeNull()
    expect(refusal(hidden, { ...NOBODY, requestedBy: 'ana@example.com' }, ['lead'], true)).toBeNull()
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
