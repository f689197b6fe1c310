import * as fc from 'fast-check'
import type { Evidence } from '../../src/domain/proposal.ts'
import { answered, asked, viewOf } from './views.ts'

/** What text does harm with, in one place or another. */
const nasty = fc.constantFrom(
  '<!channel>',
  '<!here|x>',
  '<@U0EVIL>',
  '<!subteam^S1|all>',
  '<https://evil.example|bank>',
  '@channel',
  '@here',
  'https://evil.example/x',
  'evil.example',
  '<#C1>',
  ':white_check_mark:',
  '*Approved by*',
  '~no~',
  '`code`',
  '```',
  '\n---\n',
  '\n\n\n\n\n\n',
  '\u202E',
  '\u2066',
  '\u200B',
  '\u200D',
  '\uFEFF',
  '\u00AD',
  '\u3164',
  '\u115F',
  '\uFFA0',
  '\u034F',
  '\u2800',
  '\u{E0041}',
  '\uFE0F',
  '\u{E0100}',
  '\u0000',
  '\u0007',
  '\u001B[31m',
  '\r',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u180E',
  '\uD800',
  '\uDC00',
  '\uE000',
  '&lt;!channel&gt;',
  '&',
  'مرحبا',
  '👩‍👩‍👧',
  '🔴',
  '&amp;',
  ' ',
  'word ',
)
export const hostile = fc
  .array(fc.oneof({ weight: 3, arbitrary: nasty }, fc.string({ unit: 'binary', maxLength: 12 })), {
    minLength: 1,
    maxLength: 20,
  })
  .map((parts) => parts.join(''))
const long = fc
  .tuple(hostile, fc.integer({ min: 1, max: 150 }))
  .map(([text, times]) => text.repeat(times).slice(0, 8_000))
export const words = fc.oneof({ weight: 4, arbitrary: hostile }, long)
const evidence: fc.Arbitrary<Evidence> = fc.record(
  {
    title: hostile,
    text: words,
    url: fc.oneof(fc.webUrl(), hostile, fc.constant('javascript:alert(1)'), fc.constant('https://bänk.example/a')),
  },
  { requiredKeys: ['title'] },
)
const anyJson = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
export const parameters = fc.dictionary(
  fc.oneof(hostile, fc.string({ minLength: 1, maxLength: 10 })),
  fc.oneof(anyJson, hostile, long),
  { maxKeys: 20 },
)

export const hostileView = fc
  .record({
    a: words,
    b: words,
    c: words,
    d: words,
    e: words,
    name: hostile,
    steps: fc.array(hostile, { maxLength: 60 }),
    evidence: fc.array(evidence, { maxLength: 10 }),
    parameters,
  })
  .map(({ a, b, c, d, e, name, steps, evidence: pieces, parameters: values }) =>
    viewOf({
      agent: name,
      reasons: [a, name],
      proposal: {
        action: name,
        parameters: values,
        confidence_basis: a,
        uncertainty_factors: [b, name],
        rationale: b,
        expected_outcome: c,
        if_denied: d,
        requested_by: name,
        agent_version: name,
        evidence: pieces,
        workflow: {
          id: name,
          step_index: 1,
          completed_steps: steps.map((step) => ({ action: step, summary: e, [name]: step })),
          context: values,
        },
      },
      after: [asked('Why?'), answered(e, { evidence: pieces })],
    }),
  )
