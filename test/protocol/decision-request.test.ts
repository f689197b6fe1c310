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

  it('keeps an empty checkpoint apart from none', () => {
    expect(decisionRequest.parse({ ...six, checkpoint: null }).checkpoint).toBeNull()
    expect(decisionRequest.parse(six)).not.toHaveProperty('checkpoint')
  })
})

it('gives each problem code a client or server error status', () => {
  for (const { status } of Object.values(problems)) expect(status >= 400 && status < 600).toBe(true)
})
