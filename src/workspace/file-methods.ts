/** Files as Slack documents it: ask for a place, send the bytes there, complete. docs.slack.dev/reference/methods/files.getUploadURLExternal */
import { isObject, type JsonObject } from './check.ts'
import { type Method, missing, type Reply, readJson, readString, refuse } from './reply.ts'
import type { State } from './state.ts'

const MOST_ALT = 1_000
const writes = () => ['files:write']

export const fileMethods: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': { scopes: writes, pace: 100, run: getUploadUrl },
  'files.completeUploadExternal': { scopes: writes, pace: 100, run: completeUpload },
}

function getUploadUrl(args: JsonObject, state: State, base: string): Reply {
  const name = readString(args, 'filename')
  const length = Number(args['length'] ?? 0)
  const alt = readString(args, 'alt_txt') ?? ''
  if (name === undefined) return missing('filename')
  if (!Number.isInteger(length) || length <= 0) return refuse('missing_argument')
  if (alt.length > MOST_ALT) return refuse('alt_txt_too_large')
  const id = state.newId('F')
  state.files.set(id, { id, name, length, alt, bytes: null, title: name, completed: false })
  return { ok: true, upload_url: `${base}/upload/${id}`, file_id: id }
}

/** What was sent to a place. @returns the HTTP status */
export function takeUpload(state: State, id: string, bytes: Buffer): 200 | 400 | 404 {
  const file = state.files.get(id)
  if (file === undefined || file.completed) return 404
  if (bytes.length !== file.length) return 400
  file.bytes = bytes
  return 200
}

function completeUpload(args: JsonObject, state: State): Reply {
  const read = readJson(args, 'files')
  if (read === undefined || read === 'malformed' || !Array.isArray(read.value) || read.value.length === 0)
    return refuse('invalid_arguments')
  const files = read.value.map((each) => (isObject(each) ? state.files.get(String(each.id)) : undefined))
  if (files.some((file) => file === undefined || file.bytes === null)) return refuse('file_not_found')
  for (const [index, file] of files.entries()) {
    if (file === undefined) continue
    const wanted: unknown = read.value[index]
    file.completed = true
    file.title = (isObject(wanted) ? readString(wanted, 'title') : undefined) ?? file.name
  }
  return { ok: true, files: files.map((file) => ({ id: file?.id, title: file?.title })) }
}

/** The files that blocks show and that the workspace does not have, or not yet. */
export function unknownFiles(state: State, blocks: readonly unknown[]): readonly number[] {
  return blocks.flatMap((block, at) => {
    if (!isObject(block) || block.type !== 'image' || !isObject(block.slack_file)) return []
    return state.files.get(String(block.slack_file.id))?.completed === true ? [] : [at]
  })
}
