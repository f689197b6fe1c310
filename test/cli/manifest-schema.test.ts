/*
 * The JSON Schema with which editors complete and explain manifests. Broken builds that these sentences were seen to
 * catch: a key without its description; a default that is not true; schema.json left as it was; a group that takes any key.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { manifestSchema } from '../../src/cli/manifest-schema.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly description?: string
  readonly default?: unknown
}

const schema: Schema & Record<string, unknown> = JSON.parse(manifestSchema())
const ajv = new Ajv({ strict: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

const folders = [
  'manifests',
  'examples/article',
  'test/fixtures/manifests/article',
  'test/fixtures/manifests/every-key',
]
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name)),
)

const broken: readonly (readonly [what: string, text: string])[] = [
  ['a misspelt key of an action', 'actions: { pay: { severity: low, reversible: true, aproval_required: true } }'],
  ['a misspelt section', 'action: {}'],
  ['a misspelt default', 'defaults: { chanel: "#x" }'],
  ['no severity', 'actions: { pay: { reversible: true } }'],
  ['no reversible', 'actions: { pay: { severity: low } }'],
  ['a severity between the two', 'actions: { pay: { severity: medium, reversible: true } }'],
  ['maybe', 'actions: { pay: { severity: low, reversible: maybe } }'],
  ['an action that is a word', 'actions: { pay: low }'],
  ['actions as a list', 'actions: [pay]'],
  ['a threshold above 1', 'defaults: { thresholds: { auto_approve_confidence: 95 } }'],
  ['a timeout with a unit', 'defaults: { approval_timeout_seconds: 15m }'],
  ['half a second', 'defaults: { approval_timeout_seconds: 0.5 }'],
  ['a channel without its #', 'defaults: { channel: approvals }'],
  ['an unknown alert', 'defaults: { alerts: daily }'],
  ['a person as a role', 'defaults: { required_role: ana@example.com }'],
  ['a member that is a name', 'roles: { lead: { members: [Ben] } }'],
  ['members that are a text', 'roles: { lead: { members: ben@example.com } }'],
  ['a role with a name that is none', 'roles: { "the lead": {} }'],
  ['a limit of no kind', 'actions: { pay: { severity: low, reversible: true, limits: [{ per: 1h }] } }'],
  [
    'a limit of two kinds',
    'actions: { pay: { severity: low, reversible: true, limits: [{ count: 1, sum: a, max: 2, per: 1h }] } }',
  ],
  ['a time in words', 'actions: { pay: { severity: low, reversible: true, limits: [{ count: 1, per: 1 hour }] } }'],
  [
    'an address of another kind',
    'actions: { pay: { severity: low, reversible: true, clarify: { url: "ftp://a.example" } } }',
  ],
  [
    'a day that does not exist',
    'actions: { pay: { severity: low, reversible: true, rollback: { tested_on: 2026-02-30 } } }',
  ],
  [
    'a rule without a reason',
    'actions: { pay: { severity: low, reversible: true, rules: [{ when: "true", route: block }] } }',
  ],
  ['hours of no day', 'calendars: { emea: { timezone: Europe/Berlin, hours: { monday: "09:00-18:00" } } }'],
]

/** Every key that an editor may complete, with what it says of it. */
function keysOf(given: Schema, path: string): readonly (readonly [path: string, key: Schema])[] {
  const below = typeof given.additionalProperties === 'object' ? keysOf(given.additionalProperties, `${path}.*`) : []
  const items = given.items === undefined ? [] : keysOf(given.items, `${path}[]`)
  const own = Object.entries(given.properties ?? {}).flatMap(([name, key]) => [
    [`${path}.${name}`, key] as const,
    ...keysOf(key, `${path}.${name}`),
  ])
  return [...own, ...items, ...below]
}

describe('the schema for editors', () => {
  it.each(files)('lets %s pass', (file) => {
    validate(parse(readFileSync(file, 'utf8')))
    expect(validate.errors ?? []).toEqual([])
  })

  it.each(broken)('marks %s', (_what, text) => {
    expect(validate(parse(text))).toBe(false)
  })

  it('explains every key', () => {
    const keys = keysOf(schema, '')
    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter(([, key]) => key.description === undefined).map(([path]) => path)).toEqual([])
  })

  it('gives defaults that are true: to write one out changes nothing', () => {
    const defaults = schema.properties?.['defaults']?.properties ?? {}
    const written = Object.entries(defaults).map(([name, key]) => {
      const inside = Object.entries(key.properties ?? {}).map(([inner, each]) => [inner, each.default])
      return [name, key.properties === undefined ? key.default : Object.fromEntries(inside)]
    })
    expect(written).toHaveLength(18)
    const action = 'actions: { pay: { severity: low, reversible: true } }\n'
    // Alerts that nobody declared depend on whether the action needs approval; here it does not.
    const all = `defaults: ${JSON.stringify(Object.fromEntries(written))}\n${action}`
    expect(manifestOf(all).digest).toBe(manifestOf(action).digest)
    const own = 'actions: { pay: { severity: low, reversible: true, self_approval: false, audit_log: true } }\n'
    expect(manifestOf(own).digest).toBe(manifestOf(action).digest)
  })

  it('is the one that lies beside the manifest', () => {
    expect(readFileSync('manifests/schema.json', 'utf8')).toBe(manifestSchema())
  })
})
