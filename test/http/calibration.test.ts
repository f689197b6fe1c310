/** `GET /v1/calibration/{action}`. Seen to fail: with a field of another type than the document says, and with 200 for an unknown action. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { calibrationReport } from '../../src/domain/calibration-report.ts'
import { DAY } from '../../src/domain/time.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aJudged, aLabel } from '../fixtures/judged.ts'
import { type Running, startServer } from './running-server.ts'

let running: Running
beforeAll(async () => {
  const judged = Array.from({ length: 30 }, (_, i) => aJudged(i, { labels: [aLabel({ correct: i > 9 })] }))
  const terms = { tolerance: { alpha: 0.05, delta: 0.05 }, autoApprove: 0.95 }
  const report = calibrationReport(judged, { bucketing: 'left_closed' }, terms, NOON)
  const known = { action: 'pay out', days: 30, since: NOON - 30 * DAY, until: NOON, report, autoApprove: 0.95 }
  running = await startServer({ calibration: async (action) => (action === 'pay out' ? known : null) })
})
afterAll(() => running.server.close())

const read = (action: string) =>
  running.call('GET', `/v1/calibration/${encodeURIComponent(action)}`, {
    headers: { authorization: `Bearer ${running.token(['admin'])}` },
  })

it('gives the figures that the command prints, as the document describes them', async () => {
  const { status, body } = await read('pay out')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    action: 'pay out',
    auto_approve_confidence: 0.95,
    n: 30,
    accuracy: 2 / 3,
    buckets: [{ bucket: 8, label: 0.8, n: 30, correct: 20, flagged: true }],
    threshold: { alpha: 0.05, suggested: null, holm_coarse: { selected: null } },
  })
  const document = (await running.call('GET', '/v1/openapi.json')).body
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'api')
  const path = 'api#/paths/~1v1~1calibration~1%7Baction%7D/get/responses/200/content/application~1json/schema'
  expect(ajv.validate(path, body), ajv.errorsText()).toBe(true)
})

it('knows no action that the manifest does not have', async () => {
  expect(await read('constructor')).toMatchObject({ status: 404, body: { code: 'action_not_found' } })
})
