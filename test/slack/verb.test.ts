/**
 * Seen to fail: with anybody's mention taken for the bot's, a mention anywhere, verbs within longer words, an emoji or an
 * unmarked text taken for a reason, a denial without one, a question without words, and only the first line read.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseVerb } from '../../src/slack/verb.ts'

const BOT = 'U0BOT'
const said = (text: string) => parseVerb(`<@U0BOT> ${text}`, BOT)
const HELP = { kind: 'help' }

describe('what the bot does when it is told', () => {
  it.each([
    ['approve', { kind: 'approve', note: null }],
    ['Approve because the customer paid twice', { kind: 'approve', note: 'the customer paid twice' }],
    ['APPROVE BECAUSE: fine', { kind: 'approve', note: 'fine' }],
    ['approve - checked with Ben', { kind: 'approve', note: 'checked with Ben' }],
    ['approve — checked', { kind: 'approve', note: 'checked' }],
    ['approve: checked', { kind: 'approve', note: 'checked' }],
    ['deny because it is fraud', { kind: 'deny', reason: 'it is fraud' }],
    ['deny: fraud', { kind: 'deny', reason: 'fraud' }],
    ['roll back because it is the wrong region', { kind: 'roll back', reason: 'it is the wrong region' }],
    ['Roll  back: wrong region', { kind: 'roll back', reason: 'wrong region' }],
    ['rollback - wrong region', { kind: 'roll back', reason: 'wrong region' }],
    ['ask which account?', { kind: 'ask', question: 'which account?' }],
    ['ask: which account?', { kind: 'ask', question: 'which account?' }],
    ['ask because of whom?', { kind: 'ask', question: 'because of whom?' }],
  ])('reads %s', (text, verb) => expect(said(text)).toEqual(verb))

  it('reads a reason of several lines, and around it whatever space there is', () => {
    expect(parseVerb('\n <@U0BOT|countersign>:\u00a0deny\nbecause one\n\ntwo\n', BOT)).toEqual({
      kind: 'deny',
      reason: 'one\n\ntwo',
    })
  })

  it('keeps the words that people wrote, not what Slack makes of them', () => {
    expect(said('deny because 3 &lt; 4 &amp; R&amp;D says &amp;lt;')).toEqual({
      kind: 'deny',
      reason: '3 < 4 & R&D says &lt;',
    })
  })
})

describe('exact verbs only', () => {
  it.each([
    '',
    'approved',
    'approves because',
    'approve-all',
    'approve, because it is fine',
    'please approve',
    'do not approve',
    '*approve*',
    'approve_all because',
    'deny!',
    'asking',
    'roll',
    'roll because',
    'roll it back because',
    'roll back-up because',
    'back because',
    'yes',
    '&gt; approve',
    'äpprove',
  ])('takes %j for no verb', (text) => expect(said(text)).toEqual(HELP))

  it.each([
    '<@U0ANA> approve because <@U0BOT> said so',
    '<@U0ANA> <@U0BOT> approve',
    '<@U0BOT> <@U0ANA> approve',
    '<@U0BOTH> approve',
    'approve <@U0BOT>',
    'hey <@U0BOT> approve',
    'approve',
    '@U0BOT approve',
    '&lt;@U0BOT&gt; approve',
  ])('takes %j as not said to the bot', (text) => expect(parseVerb(text, BOT)).toEqual(HELP))
})

describe('a verb that can’t be followed', () => {
  it.each([
    'approve not',
    'approve it',
    'approve :x:',
    'approve :',
    'approve because',
    'approve -',
    'approve becauseofit',
  ])('approves nothing: %s', (text) =>
    expect(said(text)).toEqual({
      kind: 'misread',
      verb: 'approve',
      why: expect.stringMatching(/^Nothing was approved.*`approve because`/),
    }),
  )

  it.each(['deny', 'deny because', 'deny because  ', 'deny nothing, approve it', 'deny:'])(
    'denies nothing: %s',
    (text) =>
      expect(said(text)).toEqual({
        kind: 'misread',
        verb: 'deny',
        why: expect.stringMatching(/^Nothing was denied.*`deny because`/),
      }),
  )

  it.each(['roll back', 'roll back because', 'rollback it', 'roll back:'])('rolls nothing back: %s', (text) =>
    expect(said(text)).toEqual({
      kind: 'misread',
      verb: 'roll back',
      why: expect.stringMatching(/^Nothing was rolled back.*`roll back because`/),
    }),
  )

  it.each(['ask', 'ask:', 'ask - '])('asks nothing: %s', (text) =>
    expect(said(text)).toEqual({
      kind: 'misread',
      verb: 'ask',
      why: expect.stringMatching(/^Nothing was asked.*`ask`/),
    }),
  )
})

it('answers whatever is written', () => {
  const bit = fc.oneof(
    fc.constantFrom(
      '<@U0BOT>',
      'approve',
      'deny',
      'ask',
      'roll',
      'back',
      'because',
      '-',
      ':',
      '&lt;',
      '<',
      '|',
      '>',
      '\n',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  const text = fc.array(bit, { maxLength: 8 }).map((bits) => bits.join(' '))
  fc.assert(
    fc.property(text, (written) => {
      const verb = parseVerb(written, BOT)
      if (verb.kind === 'deny') expect(verb.reason.trim()).not.toBe('')
      if (verb.kind === 'roll back') expect(verb.reason.trim()).not.toBe('')
      if (verb.kind === 'ask') expect(verb.question.trim()).not.toBe('')
    }),
    { numRuns: 2_000 },
  )
})
