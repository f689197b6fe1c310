/** What the parser stumbled over: its code and message, and where in the file's text. */
type Stumble = {
  readonly code: string
  readonly message: string
  readonly source: string
  /** In characters, from 0. */
  readonly offset: number
}

/** A fault of syntax in the words of somebody who writes policies, and what to do about it. */
export function syntaxFault({ code, message, source, offset }: Stumble): {
  readonly text: string
  readonly advice: string | null
} {
  const line = lineAt(source, offset)
  const rest = source.slice(offset).split('\n')[0] ?? ''
  const mark = rest.charAt(0)
  switch (code) {
    case 'TAB_AS_INDENT':
      return { text: 'tabs are not allowed as indentation', advice: 'Indent with spaces, never with tabs.' }
    case 'MULTIPLE_DOCS':
      return {
        text: 'the file has more than one document',
        advice: 'Put what follows the --- into a file of its own.',
      }
    case 'BAD_SCALAR_START':
      return { text: `a text that begins with ${mark} needs quotes`, advice: `Put quotes round it: "${textAt(rest)}".` }
    case 'BAD_ALIAS':
      return mark === '*' && /^\*\s*[\],}]?\s*$/.test(rest.slice(0, 2))
        ? { text: 'a * does not mean "all" here', advice: 'Name each one, or leave the key out.' }
        : {
            text: `there is no \`&${textAt(rest).slice(1)}\` that this could repeat`,
            advice: 'A text that begins with * needs quotes.',
          }
    case 'MULTILINE_IMPLICIT_KEY':
      return notAKey(line)
    case 'BLOCK_AS_IMPLICIT_KEY':
      return /:\s.*:(?:\s|$)/.test(line)
        ? {
            text: `the text "${cut(rest)}" has a colon in it`,
            advice: 'Put quotes round the text, single ones if it has double ones in it.',
          }
        : {
            text: `the line below "${cut(line)}" stands further to the right, as if it belonged to it`,
            advice: 'Align it with the other keys of its group.',
          }
    case 'BLOCK_IN_FLOW':
      return {
        text: 'between brackets or braces, a comma is missing, or one of them is not closed',
        advice: 'Put a comma after each entry: { severity: low, reversible: true }.',
      }
    case 'TAG_RESOLVE_FAILED':
      return { text: `${textAt(rest)} is not known here`, advice: 'A text that begins with ! needs quotes.' }
    case 'BAD_INDENT':
      return message.startsWith('Flow ')
        ? unclosed()
        : {
            text: 'this line is not aligned with the others of its group',
            advice: 'Give it as many spaces as the lines above and below it have.',
          }
    case 'MISSING_CHAR':
      return missing(message, mark, line)
    case 'UNEXPECTED_TOKEN':
      return unexpected(message, mark, rest)
    default:
      return { text: plain(message), advice: null }
  }
}

function missing(message: string, mark: string, line: string) {
  if (message.startsWith('Flow ')) return unclosed()
  if (message.startsWith('Missing closing')) {
    return { text: `a quote is opened here and not closed`, advice: `Put another ${mark} at the end of the text.` }
  }
  if (message.startsWith('Comments must be')) {
    return { text: 'without quotes, # begins a remark', advice: 'Put quotes round a channel: "#agent-approvals".' }
  }
  return message.startsWith('Implicit map keys') ? notAKey(line) : { text: plain(message), advice: null }
}

function unexpected(message: string, mark: string, rest: string) {
  if (mark === '}' || mark === ']')
    return { text: `this ${mark} closes nothing`, advice: 'Remove it, or open its pair.' }
  if (!message.startsWith('Unexpected scalar')) return { text: plain(message), advice: null }
  return {
    text: `the quotes end before "${cut(rest)}"`,
    advice: 'Put the whole text into quotes that it does not have in it: "a customer\'s bill", or single ones.',
  }
}

function notAKey(line: string) {
  if (line.includes('\u00a0')) {
    return { text: `one of the spaces in "${cut(line)}" is not an ordinary one`, advice: 'Type the line anew.' }
  }
  return {
    text: `"${cut(line)}" is not a key with its value`,
    advice: 'Write `key: value`, with a colon and a space. A remark begins with #.',
  }
}

function unclosed() {
  return {
    text: 'a bracket or brace is opened and not closed',
    advice: 'Look at the lines above for a bracket without its pair, and align the lines of one level.',
  }
}

function plain(message: string): string {
  const [first = message] = message.split('\n')
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/[.:]$/, '')
}

function lineAt(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', offset - 1) + 1
  return (source.slice(start).split('\n')[0] ?? '').trim()
}

/** The text that stands there, up to where the next one may begin. */
function textAt(rest: string): string {
  return cut(rest.split(/[\s,\]}]/)[0] ?? '')
}

function cut(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
