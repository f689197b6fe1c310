/*
 * Broken on purpose, each was seen to fail: names that are never quoted, or quoted without escapes; `null` and `true`
 * left plain; no room kept for long names; approval_required false.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestSnippet } from '../../blocks/manifest-snippet.ts'
import { notice } from '../../blocks/notice.ts'
import { shapesOf } from '../../src/domain/parameter-shape.ts'
import { route } from '../../src/domain/route.ts'
import { createSchemaCheck } from '../../src/policy/schema-check.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { manifestOf, noFacts, proposalOf } from '../fixtures/manifest-of.ts'
import { expectMessage, preformattedTexts, renderedText } from './rendered-text.ts'

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const told = {
  about: 'unknown_action',
  decision: 'dec_1',
  action: 'close_account',
  agent: 'ops-agent',
  parameters: [
    { name: 'account_id', type: 'string' },
    { name: 'owner', type: 'object' },
    { name: 'note', type: 'null' },
  ],
  otherParameters: 2,
  role: 'operations',
  agentsListed: true,
} as const

describe('the card for an action that nobody classified', () => {
  it('says who asked with which parameters, and gives a manifest file to paste', () => {
    const { blocks, text } = notice(told)
    expectMessage(blocks)
    expect(renderedText(blocks).replaceAll('\n', ' ')).toContain(
      'ops-agent  asked for  close_account , which the manifest does not know , with  account_id  (string) ,  owner  (object)',
    )
    expect(renderedText(blocks)).toContain('actions of ops-agent')
    expect(text).toContain('Classify this action: an agent asked for close_account')
    expect(preformattedTexts(blocks)).toEqual([
      `actions:
  close_account:
    description: "Close account" # what reviewers read on the card
    # If this goes wrong, can it hurt people, money, data or the law badly? Then it is high.
    severity: high # low | high
    # Can all of it be undone, by somebody who knows how, before it does harm?
    reversible: false # true | false
    approval_required: true # below the confidence that lets it pass
    required_role: operations
    parameters_schema:
      type: object
      required: [account_id, owner, note]
      properties:
        account_id: { type: string }
        owner: { type: object }
        note: {} # null this time, which does not tell its type
      # and 2 more parameters, to be added here
`,
    ])
  })

  it('says so where no manifest could hold the name', () => {
    const { blocks } = notice({ ...told, action: '1st' })
    expectMessage(blocks)
    expect(preformattedTexts(blocks)).toEqual([])
    expect(renderedText(blocks)).toContain('The agent has to call it something else.')
  })
})

const nastyName = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom('null', 'True', 'yes', '1', '-', '~', '<<', '*a', '&a', '!b', '', ' ', '#x', 'a: b', 'a #b', '? x'),
  fc.constantFrom('"', "'", '\\', '\u202egpj', '\u2028', '\u0085', '\ufeff', '\t', '\n  severity: low', '%', '@x', '`'),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '$ref',
    'type',
    'properties',
    '{',
    ']',
    ',',
    'a]',
    '\u{e0001}',
  ),
  fc.constant('\u202e'.repeat(100)),
)
const actionName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/)
// What JSON can carry.
const value = fc.oneof(fc.string(), fc.boolean(), fc.array(fc.string()), fc.jsonValue())
// As they come in: JSON has no lone surrogates here, they are refused at the door.
const parameters = fc
  .array(fc.tuple(nastyName, value), { maxLength: 30 })
  .map((entries) => Object.fromEntries(entries.filter(([name]) => !/\p{Cs}/u.test(name))))

it(
  'loads as a file of its own, takes what the agent sent, and asks people, whatever the names and values',
  () => {
    const schemaCheck = createSchemaCheck()
    fc.assert(
      fc.property(actionName, parameters, (action, sent) => {
        const { shapes, others } = shapesOf(sent)
        const snippet = manifestSnippet({ action, role: 'null', parameters: shapes, otherParameters: others }) ?? ''
        expect(snippet.split('\n').join('')).not.toMatch(HIDDEN)
        expect(snippet.length).toBeLessThan(6_000)
        const manifest = manifestOf(snippet)
        const policy = manifest.actions[action]
        expect(Object.keys(manifest.actions)).toEqual([action])
        expect(policy).toMatchObject({ severity: 'high', reversible: false, required_role: 'null' })
        if (policy !== undefined) expect(schemaCheck(policy, sent)).toEqual([])
        const input = { agent: 'ops-agent', proposal: proposalOf({ action, parameters: sent }) }
        expect(route(manifest, input, noFacts)).toMatchObject({ route: 'human_review', oversight: 'in_the_loop' })
      }),
      { numRuns: tries(150, 10_000) },
    )
  },
  patience(120_000),
)

it('names every parameter that it has room for, and counts the others', () => {
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`p${at}`, at]))
  const { shapes, others } = shapesOf({ ['x'.repeat(101)]: 1, ...many })
  const snippet = manifestSnippet({ ...told, parameters: shapes, otherParameters: others })
  expect(snippet).toContain('p19: { type: number }')
  expect(snippet).toContain('# and 6 more parameters, to be added here')
  expect(snippet).not.toContain('p20')

  const hidden = Object.fromEntries(Array.from({ length: 20 }, (_, at) => ['\u202e'.repeat(80 + at), at]))
  const long = shapesOf(hidden)
  const { blocks } = notice({ ...told, parameters: long.shapes, otherParameters: long.others })
  expectMessage(blocks)
  expect(preformattedTexts(blocks)[0]).toContain('# and 17 more parameters')
  manifestOf(preformattedTexts(blocks)[0] ?? '')
})
