import { describe, expect, it } from 'vitest'
import { decisionRequest } from '../../src/protocol/decision-request.ts'
import { problems } from '../../src/protocol/problem.ts'

const six = { action: 'a', parameters: {}, confidence: 0, confidence_basis: 'b' }

describe('a decision request', () => {
  it('fills what may be left out', () => {
    expect(decisionRequest.parse(six)).toEqual({
      ...six,
      uncertainty_factors: [],
      recommended_review: false,
      urgency: 'normal',
    })
    expect(decisionRequest.parse({ ...six, workflow: { id: 'w' } }).workflow).toEqual({
      id: 'w',
      step_index: 0,
      completed_steps: [],
      context: {},
    })
  })

  it('keeps parameters, checkpoint and steps as they were sent', () => {
    const sent = {
      ...six,
      parameters: { deep: [{ x: null }], constructor: 1 },
      checkpoint: [1, { y: 2 }],
      workflow: { id: 'w', step_index: 1, completed_steps: [{ action: 'a', result: { ok: true } }], context: { z: 1 } },
    }
    expect(decisionRequest.parse(sent)).toMatchObject(sent)
  })

  it.each([
    'dana@example.com',
    'Dana.O+x@mail.example.co.uk',
    'U012AB3CD',
    'W012AB3CD',
    '<@U012AB3CD>',
    '<@U012AB3CD|dana>',
  ])('takes %s as the person who asked, without the spaces around it', (name) => {
    expect(decisionRequest.parse({ ...six, requested_by: `  ${name}\n` }).requested_by).toBe(name)
  })

  it.each([
    'Dana',
    'dana',
    '',
    ' ',
    '@dana',
    'dana@example',
    'Dana <dana@example.com>',
    'dana@example.com, eve@example.com',
    'da\u200bna@example.com',
    'mailto:dana@example.com',
    'u012ab3cd',
    'C012AB3CD',
    'U012 AB3CD',
    '<@U012AB3CD',
    '<!channel>',
    `${'a'.repeat(320)}@example.com`,
  ])('does not take %j as the person who asked: nobody could be kept from approving by it', (name) => {
    const { success, error } = decisionRequest.safeParse({ ...six, requested_by: name })
    expect(success).toBe(false)
    expect(error?.issues[0]?.message).toMatch(/^an e-mail address, a Slack id .* or a Slack mention /)
  })

  it('keeps an empty checkpoint apart from none', () => {
    expect(decisionRequest.parse({ ...six, checkpoint: null }).checkpoint).toBeNull()
    expect(decisionRequest.parse(six)).not.toHaveProperty('checkpoint')
  })
})

it('gives each problem code a client or server error status', () => {
  for (const { status } of Object.values(problems)) expect(status >= 400 && status < 600).toBe(true)
})
