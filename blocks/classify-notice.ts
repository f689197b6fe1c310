import type { RichTextElement } from '@slack/types'
import type { Notice } from '../src/domain/intent.ts'
import type { Message } from './approval-card.ts'
import { nameOr, oneLine } from './escape.ts'
import { grouped } from './exact-json.ts'
import { clipped } from './limits.ts'
import { manifestSnippet } from './manifest-snippet.ts'
import { bold, code, emoji, italic, preformatted, richText, say, section, words } from './rich-text.ts'

const LONGEST_NAME = 40

type Unknown = Notice & { readonly about: 'unknown_action' }

/** An agent asked for something that the manifest does not know: who, with what, and what to paste to classify it. */
export function classifyNotice(told: Unknown): Message {
  const { action, agent, decision } = told
  const asked = section(
    words(agent),
    say(' asked for '),
    words(action),
    say(', which the manifest does not know'),
    ...withParameters(told),
    say('. It was blocked, and stays so until it is classified.'),
  )
  const named = nameOr(action, 'an action with an unusual name')
  return {
    blocks: [
      richText(section(emoji('label'), bold(' Classify this action'), italic(`  ${decision}`)), asked),
      ...next(told),
    ],
    text: `Classify this action: an agent asked for ${named}, which the manifest does not know. It stays blocked until then.`,
  }
}

function next(told: Unknown): Message['blocks'] {
  const snippet = manifestSnippet(told)
  if (snippet === null) {
    const allowed =
      'No manifest can classify it: a name there begins with a letter and has at most 100 letters, digits, _ . : or -.'
    return [richText(section(say(`${allowed} The agent has to call it something else.`)))]
  }
  const allowList = `actions of ${oneLine(told.agent)}`
  return [
    richText(
      section(say('Answer the two questions, and save this among the manifest files:')),
      preformatted(snippet),
      section(
        ...(told.agentsListed
          ? [say('The manifest lists what agents may propose: name it among the '), code(allowList), say(', too. ')]
          : []),
        code('countersign manifest check'),
        say(' says whether all is well; it is in force once the service was told to read it again.'),
      ),
    ),
  ]
}

/** Names and types; values stay in the record. */
function withParameters({ parameters, otherParameters }: Unknown): readonly RichTextElement[] {
  if (parameters.length === 0 && otherParameters === 0) return [say(', without parameters')]
  const shown = parameters.flatMap(({ name, type }, at) => [
    say(at === 0 ? ', with ' : ', '),
    code(clipped(oneLine(name), LONGEST_NAME)),
    say(` (${type})`),
  ])
  if (otherParameters === 0) return shown
  if (shown.length === 0) return [say(`, with ${grouped(otherParameters)} parameters of long names`)]
  return [...shown, say(` and ${grouped(otherParameters)} more`)]
}
