import type { Notice } from '../src/domain/intent.ts'
import { namePattern } from '../src/domain/manifest-field.ts'
import type { JsonType, ParameterShape } from '../src/domain/parameter-shape.ts'
import { escapedJson } from './escape.ts'
import { grouped } from './exact-json.ts'

/** What the parameters may take of the message: names full of escapes are six times as long as they look. */
const ROOM = 4_000

/** A plain name that YAML takes for something else than a text. */
const NO_TEXT = /^(?:true|false|null)$/i

/**
 * What classifies an unknown action, as a manifest file of its own: people answer the two questions, the rest is there.
 * The answers given beforehand are the strictest ones.
 * @returns null: a manifest can't hold an action of this name
 */
export function manifestSnippet({
  action,
  role,
  parameters,
  otherParameters,
}: Pick<Notice & { readonly about: 'unknown_action' }, 'action' | 'role' | 'parameters' | 'otherParameters'>):
  | string
  | null {
  if (!namePattern.test(action)) return null
  return [
    'actions:',
    `  ${name(action)}:`,
    `    description: ${quoted(inWords(action))} # what reviewers read on the card`,
    '    # If this goes wrong, can it hurt people, money, data or the law badly? Then it is high.',
    '    severity: high # low | high',
    '    # Can all of it be undone, by somebody who knows how, before it does harm?',
    '    reversible: false # true | false',
    '    approval_required: true # below the confidence that lets it pass',
    `    required_role: ${name(role)}`,
    ...schema(parameters, otherParameters),
    '',
  ].join('\n')
}

function schema(parameters: readonly ParameterShape[], others: number): readonly string[] {
  const named = parameters.filter((parameter) => parameter.name !== '__proto__')
  let left = ROOM
  const fitting = named.filter((parameter) => {
    left -= 2 * name(parameter.name).length + 30
    return left >= 0
  })
  const missing = others + parameters.length - fitting.length
  const plural = missing === 1 ? '1 more parameter' : `${grouped(missing)} more parameters`
  const more = missing === 0 ? [] : [`      # and ${plural}, to be added here`]
  if (fitting.length === 0) return ['    parameters_schema:', '      type: object', ...more]
  return [
    '    parameters_schema:',
    '      type: object',
    `      required: [${fitting.map((parameter) => name(parameter.name)).join(', ')}]`,
    '      properties:',
    ...fitting.map((parameter) => `        ${name(parameter.name)}: ${typed(parameter.type)}`),
    ...more,
  ]
}

function typed(type: JsonType): string {
  return type === 'null' ? '{} # null this time, which does not tell its type' : `{ type: ${type} }`
}

/** Quoted unless YAML reads it as that very text anyway, with nothing in it that would not be seen. */
function name(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !NO_TEXT.test(text) ? text : quoted(text)
}

/** A JSON string is a YAML string. */
function quoted(text: string): string {
  return escapedJson(JSON.stringify(text))
}

/** `close_account` as "Close account". */
function inWords(action: string): string {
  const words = action.replaceAll(/[_.:-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
