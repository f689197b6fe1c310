/**
 * What the check of a condition refuses and what it only warns of. Broken builds that these sentences were seen to
 * catch: a text outside an enum refused -> "loads"; `!=` said never to hold -> "says which way"; an open object taken
 * for a closed one, or the other way round -> "inside a parameter"; no check of `in` -> "asked for with in".
 */
import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../src/policy/condition.ts'
import { checkCondition } from '../../src/policy/condition-check.ts'

const schema = {
  type: 'object',
  required: ['s', 'country', 'tags', 'open', 'closed', 'rows'],
  properties: {
    s: { enum: ['a', 'b'] },
    country: { type: 'string', enum: ['KP', 'IR', 'DE'] },
    tags: { type: 'array', items: { enum: ['new', 'old'] } },
    open: { type: 'object', properties: { a: { type: 'number' } } },
    closed: { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: false },
    rows: { type: 'array', items: { type: 'object', properties: { a: { type: 'number' } } } },
  },
}

/** `severity code name` of each finding. */
function findingsOf(when: string, given = schema): readonly string[] {
  const compiled = compileCondition(when)
  if (!compiled.ok) throw new Error(compiled.fault.message)
  return checkCondition(compiled.condition.root, given).map(
    ({ severity, code, misspelt }) => `${severity} ${code} ${misspelt?.name ?? ''}`,
  )
}

describe('a text that an enum does not have', () => {
  it.each([
    ['parameters.s in ["a", "z"]', 'z'],
    ['!(parameters.s in ["z"])', 'z'],
    ['parameters.s != "z"', 'z'],
    ['parameters.s == "z" || parameters.s == "a"', 'z'],
    ['parameters.country in ["KP", "IR", "SY"]', 'SY'],
    ['"urgent" in parameters.tags', 'urgent'],
  ])('is warned of, and the rule loads: %s', (when, name) => {
    expect(findingsOf(when)).toEqual([`warning rule_never ${name}`])
  })

  it('says which way that part goes', () => {
    const messageOf = (when: string) => {
      const compiled = compileCondition(when)
      return compiled.ok ? checkCondition(compiled.condition.root, schema)[0]?.message : null
    }
    const none = '"z" is none of the values allowed here ("a", "b"), so this part'
    expect(messageOf('parameters.s == "z"')).toBe(`${none} never holds`)
    expect(messageOf('parameters.s != "z"')).toBe(`${none} always holds`)
  })

  it('is nothing to say of texts that it has', () => {
    expect(findingsOf('parameters.s in ["a", "b"] && parameters.country != "KP"')).toEqual([])
  })
})

describe('a field that a schema does not list', () => {
  it.each([
    ['has(parameters.open.c)', 'warning'],
    ['parameters.rows.exists(row, has(row.c))', 'warning'],
    ['"c" in parameters.open', 'warning'],
    ['has(parameters.closed.c)', 'error'],
    ['"c" in parameters.closed', 'error'],
    ['has(parameters.c)', 'error'],
    ['"c" in parameters', 'error'],
  ])('inside a parameter is refused only where agents cannot send it: %s is a(n) %s', (when, severity) => {
    expect(findingsOf(when)).toEqual([`${severity} rule_unknown_parameter c`])
  })

  it('is not looked for where it is asked for with in, and is listed or computed', () => {
    expect(findingsOf('"s" in parameters && "a" in parameters.open && parameters.s in parameters')).toEqual([])
  })

  it('asked for with in may be read, where it is listed and optional', () => {
    expect(findingsOf('"a" in parameters.closed && parameters.closed.a > 1.0')).toEqual([])
  })
})
