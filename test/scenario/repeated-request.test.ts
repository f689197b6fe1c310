/** Seen to fail: with the policy's checks in front of the idempotency record. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type House, MANIFEST, openHouse, proposal } from './house.ts'

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

it('gives the recorded decision again although the policy has become stricter meanwhile', async () => {
  const request = proposal({ action: 'send_email' })
  const headers = { 'idempotency-key': 'mail-1' }
  const first = await house.call('POST', '/v1/decisions', request, headers)
  expect(first.status).toBe(201)
  await house.restart(
    MANIFEST.replace('description: Send an e-mail', 'requires: [evidence]\n    description: Send an e-mail'),
  )
  const again = await house.call('POST', '/v1/decisions', request, headers)
  expect(again).toMatchObject({ status: 201, body: { id: first.body['id'] } })
  const other = await house.call('POST', '/v1/decisions', request, { 'idempotency-key': 'mail-2' })
  expect(other).toMatchObject({ status: 422, body: { errors: [{ pointer: '/evidence' }] } })
})
