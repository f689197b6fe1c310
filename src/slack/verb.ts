import { typed } from './typed.ts'

const VERBS = ['approve', 'deny', 'ask', 'roll back'] as const

/** What somebody told the bot in a card's thread. */
export type Verb =
  | { readonly kind: 'approve'; readonly note: string | null }
  | { readonly kind: 'deny'; readonly reason: string }
  | { readonly kind: 'ask'; readonly question: string }
  | { readonly kind: 'roll back'; readonly reason: string }
  /** A verb that lacks what it needs, or is followed by what could turn its sense. `why`: how to say it, as mrkdwn. */
  | { readonly kind: 'misread'; readonly verb: (typeof VERBS)[number]; readonly why: string }
  /** Anything else: discussion, or somebody who wants to know what can be said. */
  | { readonly kind: 'help' }

// "approve-all" and "approve not" must not approve: what follows is marked as a reason, or refused. An emoji is no mark.
const REASON = /^(?:because(?![^\s:,])[:,]?|[-–—:](?=\s|$))\s*(.*)$/is

/**
 * Reads a message that mentions the bot, as Slack sends it. It must begin with the bot's own mention: "@ana approve,
 * says @Countersign" is for Ana.
 * @param bot the Slack user id of the bot
 */
export function parseVerb(text: string, bot: string): Verb {
  const [mention, who] = /^\s*<@([A-Z0-9]+)(?:\|[^<>]*)?>[:,]?\s*/.exec(text) ?? []
  if (mention === undefined || who !== bot) return { kind: 'help' }
  const [, word = '', rest = ''] =
    /^(roll\s*back|\w+)(?![^\s:])\s*(.*)$/is.exec(text.slice(mention.length).trim()) ?? []
  const verb = VERBS.find((each) => each.replace(' ', '') === word.toLowerCase().replace(/\s/g, ''))
  if (verb === undefined) return { kind: 'help' }
  switch (verb) {
    case 'approve':
      return parseApprove(rest)
    case 'deny':
      return parseDeny(rest)
    case 'ask':
      return parseAsk(rest)
    case 'roll back':
      return parseRollBack(rest)
  }
}

function parseApprove(rest: string): Verb {
  if (rest === '') return { kind: 'approve', note: null }
  const note = reasonIn(rest)
  if (note === null)
    return misread('approve', 'Nothing was approved. Say `approve` alone, or `approve because` and your reason.')
  return { kind: 'approve', note }
}

function parseDeny(rest: string): Verb {
  const reason = reasonIn(rest)
  if (reason === null)
    return misread('deny', 'Nothing was denied. Say `deny because` and your reason; the agent reads it.')
  return { kind: 'deny', reason }
}

function parseRollBack(rest: string): Verb {
  const reason = reasonIn(rest)
  if (reason === null)
    return misread('roll back', 'Nothing was rolled back. Say `roll back because` and your reason; the agent reads it.')
  return { kind: 'roll back', reason }
}

function parseAsk(rest: string): Verb {
  const question = typed(rest.replace(/^[-–—:](?=\s|$)/, '')).trim()
  if (question === '') return misread('ask', 'Nothing was asked. Say `ask` and your question; the agent reads it.')
  return { kind: 'ask', question }
}

/** null: none, or words that are not marked as a reason. */
function reasonIn(rest: string): string | null {
  const [, reason = ''] = REASON.exec(rest) ?? []
  return typed(reason).trim() || null
}

function misread(verb: (typeof VERBS)[number], why: string): Verb {
  return { kind: 'misread', verb, why }
}
