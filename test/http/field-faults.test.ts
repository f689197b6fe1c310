import { distance } from 'fastest-levenshtein'
import { beforeEach, expect, it, vi } from 'vitest'
import { check } from '../../src/http/field-faults.ts'
import { decisionRequest } from '../../src/protocol/decision-request.ts'
import { workflowRequest } from '../../src/protocol/workflow.ts'
import { request } from './sample-decision.ts'

vi.mock('fastest-levenshtein', { spy: true })
beforeEach(() => {
  vi.mocked(distance).mockClear()
})

const FIELDS = Object.keys(decisionRequest.shape).length

function faults(body: unknown) {
  const checked = check(decisionRequest, body)
  return checked.ok ? [] : checked.errors
}

it('compares each of fifty unknown names with each allowed one once, however many are sent', () => {
  const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`unknown_${i}`, 1]))
  expect(faults({ ...request, ...unknown })).toHaveLength(50)
  expect(vi.mocked(distance).mock.calls).toHaveLength(50 * FIELDS)
})

it('tells fifty faults where many places have unknown names', () => {
  const piece = {
    title: 'a',
    text: 'b',
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`unknown_${i}`, 1])),
  }
  expect(faults({ ...request, evidence: Array.from({ length: 100 }, () => piece) })).toHaveLength(50)
  expect(vi.mocked(distance).mock.calls.length).toBeLessThanOrEqual(50 * FIELDS)
})

it('does not compare a name of more than 60 characters, and cuts it', () => {
  const [fault] = faults({ ...request, ['x'.repeat(61)]: 1 })
  expect(fault?.message).toMatch(/^there is no field `x{59}…`; allowed are action, /)
  expect(vi.mocked(distance)).not.toHaveBeenCalled()
  faults({ ...request, ['x'.repeat(60)]: 1 })
  expect(vi.mocked(distance)).toHaveBeenCalledTimes(FIELDS)
})

it('names the nearest of several near names', () => {
  expect(faults({ ...request, confidense_basis: 'x' })).toMatchObject([
    { message: 'there is no field `confidense_basis`; the nearest is `confidence_basis`' },
  ])
})

it.each([
  [
    'without steps',
    {},
    ['/steps: `steps` is missing; it must be a list of 1 to 200 steps, each a decision request or a stage gate'],
  ],
  [
    'with none',
    { steps: [] },
    ['/steps: `steps` must be a list of 1 to 200 steps, each a decision request or a stage gate'],
  ],
  [
    'with 201 steps',
    { steps: Array.from({ length: 201 }, () => request) },
    ['/steps: `steps` must be a list of 1 to 200 steps, each a decision request or a stage gate'],
  ],
  [
    'with a step that is nothing of the kind',
    { steps: [request, 'look', {}] },
    [1, 2].map(
      (n) =>
        `/steps/${n}: \`steps.${n}\` must be a decision request with an \`action\`, or a stage gate with a \`checkpoint\` and a \`required_role\``,
    ),
  ],
  [
    'with a gate that nobody is named for',
    { steps: [{ checkpoint: 'before go-live', require_role: 'team_lead' }] },
    [
      '/steps/0/required_role: `steps.0.required_role` is missing; it must be a text of 1 to 128 characters that is not blank',
      '/steps/0/require_role: there is no field `require_role`; the nearest is `required_role`',
    ],
  ],
  [
    'with an action that lacks a field, and one too many',
    { steps: [{ action: 'look', parameters: {}, confidence: 0.9, confidense_basis: 'a guess' }] },
    [
      '/steps/0/confidence_basis: `steps.0.confidence_basis` is missing; it must be a text of 1 to 20,000 characters that is not blank',
      '/steps/0/confidense_basis: there is no field `confidense_basis`; the nearest is `confidence_basis`',
    ],
  ],
  [
    'with a gate that acts as well',
    { steps: [{ checkpoint: 'before go-live', required_role: 'team_lead', action: 'look' }] },
    ['/steps/0/action: there is no field `action`; allowed are checkpoint, required_role, description'],
  ],
  [
    'with an action that is out of range deep inside',
    { steps: [request, { ...request, evidence: [{ title: 'a' }] }] },
    [
      '/steps/1/evidence/0: `steps.1.evidence.0` must be an object with a `text`, a `url`, or both, besides its `title`',
    ],
  ],
])('says of a plan %s what was meant and what is allowed', (_name, body, told) => {
  const checked = check(workflowRequest, body)
  expect(checked.ok ? [] : checked.errors.map(({ pointer, message }) => `${pointer}: ${message}`)).toEqual(told)
})

it('tells fifty faults of a plan, however many there are', () => {
  const steps = Array.from({ length: 200 }, () => ({ action: 'look' }))
  const checked = check(workflowRequest, { steps })
  expect(checked.ok ? [] : checked.errors).toHaveLength(50)
})
