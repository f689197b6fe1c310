import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startServer } from './running-server.ts'
import { ID, request } from './sample-decision.ts'

type Json = Record<string, unknown>
let running: Running
let document: Json
beforeAll(async () => {
  running = await startServer()
  document = (await running.call('GET', '/v1/openapi.json')).body
})
afterAll(() => running.server.close())

const bodies: Readonly<Record<string, unknown>> = {
  proposeDecision: request,
  answerClarification: { clarification_id: `clr_${'0'.repeat(26)}`, answer: 'a' },
  withdrawDecision: { reason: 'a' },
  reportExecution: { state: 'started' },
  reportRollback: { state: 'rolled_back' },
  recordOutcome: { correct: true, source: 'audit' },
  startWorkflow: { steps: [request] },
  pauseWorkflow: { reason: 'a' },
  resumeWorkflow: {},
  cancelWorkflow: { reason: 'a' },
  consumeGrant: { grant: 'a.b.c', action: 'process_refund', parameters: {} },
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with a name for every call, and every reference leads somewhere', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Countersign', version: '0.1.0' },
      servers: [{ url: 'https://countersign.example.com' }],
      security: [{ apiKey: [] }],
    })
    const ids = operationsOf(document).map(({ operation }) => operation['operationId'])
    expect(new Set(ids).size).toBe(ids.length)
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '')
    expect(refs.length).toBeGreaterThan(20)
    for (const ref of refs) expect(resolve(document, ref), ref).toBeDefined()
  })

  it('has schemas that a JSON Schema validator takes, and that agree with what the API takes and sends', async () => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    ajv.addSchema(document, 'api')
    const valid = (name: string, value: unknown) => ajv.validate(`api#/components/schemas/${name}`, value)
    expect(valid('DecisionRequest', request)).toBe(true)
    expect(valid('DecisionRequest', { ...request, confidence: 2 })).toBe(false)
    expect(valid('DecisionRequest', { ...request, extra: 2 })).toBe(false)
    expect(valid('Decision', (await running.propose()).body), ajv.errorsText()).toBe(true)
    expect(valid('DecisionPage', (await running.call('GET', '/v1/decisions')).body), ajv.errorsText()).toBe(true)
    expect(valid('Problem', (await running.call('GET', '/v1/nothing')).body), ajv.errorsText()).toBe(true)
  })

  it('lists what there is: each call answers as described, and nothing is served that it does not list', async () => {
    const listed = operationsOf(document).map(({ method, path }) => `${method} ${path}`)
    for (const { method, path, operation } of operationsOf(document)) {
      const body = bodies[String(operation['operationId'])]
      const reply = await running.call(method, path.replace('{id}', ID), { body, headers: { 'idempotency-key': 'k' } })
      expect(Object.keys(Object(operation['responses'])), path).toContain(String(reply.status))
      // Nobody has been asked anything here.
      expect(reply.status, path).toBeLessThan(path === '/v1/answers/{link}' ? 405 : 300)
    }
    const paths = new Set(listed.map((each) => each.split(' ')[1] ?? ''))
    for (const path of paths) {
      const { headers } = await running.call('DELETE', path.replace('{id}', ID))
      const served = (headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD')
      expect(served.map((method) => `${method} ${path}`).toSorted()).toEqual(
        listed.filter((each) => each.endsWith(` ${path}`)).toSorted(),
      )
    }
  })

  it('describes headers and refusals', () => {
    const propose = operationsOf(document).find(({ operation }) => operation['operationId'] === 'proposeDecision')
    expect(propose?.operation).toMatchObject({
      parameters: [{ in: 'header', name: 'Idempotency-Key', required: true }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/DecisionRequest' } } },
      },
      responses: {
        201: { headers: { Location: {}, 'X-Request-Id': {}, 'Idempotency-Replayed': {} } },
        401: { headers: { 'WWW-Authenticate': {} }, content: { 'application/problem+json': {} } },
        413: { description: '`body_too_large`: The body is too large.' },
        503: { headers: { 'Retry-After': {} } },
      },
    })
  })
})

function operationsOf(api: Json): { method: string; path: string; operation: Json }[] {
  return Object.entries(Object(api['paths'])).flatMap(([path, methods]) =>
    Object.entries(Object(methods)).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation: Object(operation),
    })),
  )
}

function resolve(root: unknown, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((here, step) => Object(here)[step], root)
}
