import { createHmac, timingSafeEqual } from 'node:crypto'

/** Which question a link answers. */
export type Asked = { readonly decision: string; readonly clarification: string }

/**
 * What stands in a link by which one question can be answered, and nothing else done: `decision.question.signature`. It is
 * good once, since a question is open until it is answered.
 * @param key see `linkKey`
 */
export function signAnswerLink(key: Uint8Array, { decision, clarification }: Asked): string {
  return `${decision}.${clarification}.${signature(key, decision, clarification)}`
}

/** Takes the same time for every signature that is wrong. @param text anything that anybody sent @returns null: not ours */
export function openAnswerLink(key: Uint8Array, text: string): Asked | null {
  const [, decision = '', clarification = '', signed = ''] = FORM.exec(text) ?? []
  // As texts: more than one text gives the same bytes.
  const given = Buffer.from(signed)
  const expected = Buffer.from(signature(key, decision, clarification))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return { decision, clarification }
}

const FORM = /^(dec_[0-9a-z]{1,64})\.(clr_[0-9a-z]{1,64})\.([\w-]{43})$/

function signature(key: Uint8Array, decision: string, clarification: string): string {
  return createHmac('sha256', key).update(`${decision}\0${clarification}`).digest('base64url')
}
