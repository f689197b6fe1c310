import { join } from 'node:path'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { Document, isMap, isNode, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { same } from '../domain/difference.ts'
import { loadManifest } from './load.ts'
import type { ManifestFile } from './yaml-file.ts'
import { readYamlFolder } from './yaml-folder.ts'

/** A change for a person to commit, as a unified diff of one file; comments and layout stay as they are. */
export type Patch = { readonly ok: true; readonly diff: string } | { readonly ok: false; readonly problem: string }

/** Suggests another auto-approve threshold for an action of the manifest in a folder. */
export function thresholdPatch(dir: string, action: string, value: number): Patch {
  // A file with an error may mean anything.
  if (!loadManifest(dir).ok) return refuse(`the manifest in ${dir} has errors; see countersign manifest check`)
  for (const file of readYamlFolder(dir)) {
    const text = withThreshold(file, action, value)
    if (text === null) continue
    if (text === 'unusual')
      return refuse(
        `${file.path} writes ${action} in a way that can't be changed line by line; set auto_approve_confidence: ${value} by hand`,
      )
    const [before, after] = [join('a', file.path), join('b', file.path)]
    const headers = { headerOptions: FILE_HEADERS_ONLY }
    const diff = createTwoFilesPatch(before, after, file.text, text, undefined, undefined, headers)
    return { ok: true, diff }
  }
  return refuse(`no file in ${dir} has the action ${action}`)
}

function refuse(problem: string): Patch {
  return { ok: false, problem }
}

/** The file's text with the threshold; null: it does not have the action; `unusual`: written as an alias, say. */
function withThreshold({ text }: ManifestFile, action: string, value: number): string | null {
  const document = parseDocument(text)
  const policy = document.getIn(['actions', action], true)
  if (policy === undefined) return null
  if (!isMap(policy)) return 'unusual'
  const changed = splice(document, policy, text, value)
  if (changed === null) return 'unusual'
  // Nothing else may mean something else now, such as an action that repeats this one by an alias.
  const meant = new Document(JSON.parse(JSON.stringify(document.toJS())))
  meant.setIn(['actions', action, 'thresholds', 'auto_approve_confidence'], value)
  return same(parseDocument(changed).toJS(), meant.toJS()) ? changed : 'unusual'
}

function splice(document: Document, policy: YAMLMap, text: string, value: number): string | null {
  const thresholds = policy.get('thresholds', true)
  if (thresholds === undefined) return insert(policy, text, `thresholds: { auto_approve_confidence: ${value} }`)
  if (!isMap(thresholds)) return null
  const current = thresholds.get('auto_approve_confidence', true)
  if (current === undefined) return insert(thresholds, text, `auto_approve_confidence: ${value}`)
  if (!isScalar(current) || !current.range || document.errors.length > 0) return null
  return `${text.slice(0, current.range[0])}${value}${text.slice(current.range[1])}`
}

/** Puts an entry before the others of a map, where the first one stands. */
function insert(map: YAMLMap, text: string, entry: string): string | null {
  const [first]: readonly Pair[] = map.items
  const key = first?.key
  if (!isNode(key) || !key.range) return null
  const at = key.range[0]
  if (map.flow === true) return `${text.slice(0, at)}${entry}, ${text.slice(at)}`
  const indent = at - (text.lastIndexOf('\n', at - 1) + 1)
  return `${text.slice(0, at)}${entry}\n${' '.repeat(indent)}${text.slice(at)}`
}
