import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLWarning,
} from 'yaml'
import { type Problem, pathText } from './problem.ts'
import { syntaxFault } from './yaml-syntax.ts'

/** A file of the manifest, as read: `path` is how it is called in problems. */
export type ManifestFile = { readonly path: string; readonly text: string }

export type Place = { readonly line: number; readonly column: number }

/** A parsed file: its plain value, and where in the text each path of it stands. */
export type YamlFile = {
  readonly path: string
  readonly value: unknown
  /** Of the value there, or of its key where it begins a block; of the nearest key above where there is none. */
  readonly placeOf: (path: readonly (string | number)[], character?: number) => Place
  readonly placeOfKey: (path: readonly (string | number)[]) => Place
}

export const maxFileBytes = 1024 * 1024
// A file of aliases that repeat aliases grows without bound when it is read; a policy has no use for more.
const maxAliases = 100

/** Parses one file as YAML 1.2, or says everything that is wrong with its syntax. */
export function parseYaml(
  file: ManifestFile,
): { readonly ok: true; readonly file: YamlFile } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const refuse = (code: string, place: Place, message: string, suggestion: string | null): Problem => ({
    severity: 'error',
    code,
    file: file.path,
    ...place,
    path: '',
    message,
    suggestion,
  })
  const start = { line: 1, column: 1 }
  if (Buffer.byteLength(file.text) > maxFileBytes) {
    const message = 'the file is larger than 1 MiB'
    return { ok: false, problems: [refuse('file_too_large', start, message, 'Split it: all files are read together.')] }
  }
  const lines = new LineCounter()
  const document = parseDocument(file.text, {
    version: '1.2',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems = firstOfEach([...document.errors, ...document.warnings], at).map(({ code, pos, message }) => {
    const twice = code === 'DUPLICATE_KEY' ? keysAt(document.contents, pos[0], []) : null
    if (twice !== null) {
      const first = at(twice.first)
      const text = `\`${twice.path.at(-1)}\` stands here a second time; the first is at ${file.path}:${first.line}:${first.column}`
      return { ...refuse('duplicate_key', at(pos[0]), text, 'Keep one of the two.'), path: pathText(twice.path) }
    }
    const opened = message.startsWith('Missing closing') ? openedAt(document, pos[0]) : pos[0]
    const { text, advice } = syntaxFault({ code, message, source: file.text, offset: opened })
    return refuse('yaml_syntax', at(opened), `this is not valid YAML: ${text}`, advice)
  })
  if (document.directives?.yaml.version === '1.1') {
    const text = 'the file declares itself as YAML 1.1, in which yes and no are not texts'
    problems.push(refuse('yaml_version', start, text, 'Remove the %YAML line: the manifest is YAML 1.2.'))
  }
  if (problems.length > 0) return { ok: false, problems }

  const root = isNode(document.contents) ? document.contents : null
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases })
    return { ok: true, file: { path: file.path, value, ...places(root, file.text, at) } }
  } catch (error) {
    // The parser refuses to expand more; any other throw is a bug.
    if (!(error instanceof ReferenceError)) throw error
    const text = 'the file repeats aliases (*name) too often'
    return { ok: false, problems: [refuse('too_many_aliases', start, text, 'Write the repeated parts out.')] }
  }
}

type Anchor = { readonly key: Node | null; readonly value: Node | null }

function places(
  root: Node | null,
  text: string,
  at: (offset: number) => Place,
): Pick<YamlFile, 'placeOf' | 'placeOfKey'> {
  const start = { line: 1, column: 1 }
  const startOf = (node: Node | null): Place | null => (node?.range ? at(node.range[0]) : null)
  const placeOfKey = (path: readonly (string | number)[]): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = lookUp(root, path.slice(0, length))
      const place = found === null ? null : (startOf(found.key) ?? startOf(found.value))
      if (place !== null) return place
    }
    return start
  }
  const placeOf = (path: readonly (string | number)[], character = 0): Place => {
    const found = lookUp(root, path)
    if (found === null || found.key === null) return placeOfKey(path)
    const begin = character === 0 ? null : beginOf(found.value, text)
    if (begin !== null) return at(begin + character)
    return standsAlone(found.value) ? (startOf(found.value) ?? placeOfKey(path)) : placeOfKey(path)
  }
  return { placeOf, placeOfKey }
}

// Where the first character of a text stands, if the rest follows it as written: on one line, without escapes.
function beginOf(value: Node | null, text: string): number | null {
  if (!isScalar(value) || typeof value.value !== 'string' || !value.range) return null
  const [from, to] = value.range
  if (text.slice(from, to) === value.value) return from
  return text.slice(from + 1, to - 1) === value.value ? from + 1 : null
}

// A block's own start is its first key, a line below the name that a reader looks for.
function standsAlone(value: Node | null): boolean {
  if (value === null) return false
  if (isCollection(value)) return value.flow === true
  if (isScalar(value)) return value.source !== ''
  return true
}

function lookUp(root: Node | null, path: readonly (string | number)[]): Anchor | null {
  let anchor: Anchor = { key: null, value: root }
  for (const part of path) {
    const next = step(anchor.value, part, root)
    if (next === null) return null
    anchor = next
  }
  return anchor
}

function step(node: Node | null, part: string | number, root: Node | null): Anchor | null {
  const value = isAlias(node) ? anchored(root, node.source) : node
  if (isMap(value)) {
    const pair = value.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
    if (pair === undefined) return null
    return { key: isNode(pair.key) ? pair.key : null, value: isNode(pair.value) ? pair.value : null }
  }
  if (isSeq(value)) {
    const item = value.items[Number(part)]
    return isNode(item) ? { key: null, value: item } : null
  }
  return null
}

function anchored(node: unknown, name: string): Node | null {
  if (isNode(node) && 'anchor' in node && node.anchor === name) return node
  if (!isMap(node) && !isSeq(node)) return null
  for (const item of node.items) {
    const found = isPair(item) ? anchored(item.value, name) : anchored(item, name)
    if (found !== null) return found
  }
  return null
}

// The path of the key at an offset, and the offset of the first key of that name beside it.
function keysAt(node: unknown, offset: number, above: readonly (string | number)[]): Twice | null {
  if (!isMap(node) && !isSeq(node)) return null
  for (const [index, item] of node.items.entries()) {
    const key = isPair(item) && isScalar(item.key) ? item.key : null
    const path = [...above, key === null ? index : String(key.value)]
    if (key?.range?.[0] === offset && isMap(node)) {
      const same = node.items.map((pair) => pair.key).find((other) => isScalar(other) && other.value === key.value)
      return { path, first: isNode(same) ? (same.range?.[0] ?? offset) : offset }
    }
    const found = keysAt(isPair(item) ? item.value : item, offset, path)
    if (found !== null) return found
  }
  return null
}

type Twice = { readonly path: readonly (string | number)[]; readonly first: number }

// One mistake makes the parser stumble more than once: on the same line, on the next, and at the end of the file.
function firstOfEach(
  errors: readonly (YAMLError | YAMLWarning)[],
  at: (offset: number) => Place,
): readonly (YAMLError | YAMLWarning)[] {
  const first: (YAMLError | YAMLWarning)[] = []
  let last = -1
  for (const error of errors) {
    const { line } = at(error.pos[0])
    const follows = last >= 0 && (line - last <= 1 || error.message.startsWith('Flow '))
    if (error.code !== 'DUPLICATE_KEY' && follows) continue
    first.push(error)
    if (error.code !== 'DUPLICATE_KEY') last = line
  }
  return first
}

// The parser notices a quote that is not closed where the text ends; it has to be closed where it begins.
function openedAt(document: Document.Parsed, end: number): number {
  let opened = end
  visit(document, {
    Scalar: (_key, { type, range }) => {
      if (type?.startsWith('QUOTE') && range && range[0] < end) opened = range[0]
    },
  })
  return opened
}
