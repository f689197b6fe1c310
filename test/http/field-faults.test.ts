import { distance } from 'fastest-levenshtein'
import { beforeEach, expect, it, vi } from 'vitest'
import { check } from '../../src/http/field-faults.ts'
import { decisionRequest } from '../../src/protocol/decision-request.ts'
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
