/** Files in the local workspace, as strict as Slack documents them. Seen to fail: each of these taken. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await startWorkspace({ port: 0 })
})
afterAll(() => workspace.close())

async function call(method: string, args: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${workspace.botToken}`, 'content-type': 'application/json' }
  const response = await fetch(`${workspace.apiUrl}${method}`, { method: 'POST', headers, body: JSON.stringify(args) })
  return Object(await response.json())
}

const show = (id: unknown) =>
  call('chat.postMessage', {
    channel: 'C0AGENTOPS',
    text: 'A picture',
    blocks: [{ type: 'image', alt_text: 'A', slack_file: { id } }],
  })

it('refuses a file without a length, and an alternative text of more than 1,000 characters', async () => {
  expect(await call('files.getUploadURLExternal', { filename: 'a.png' })).toMatchObject({ error: 'missing_argument' })
  const long = { filename: 'a.png', length: 3, alt_txt: 'a'.repeat(1_001) }
  expect(await call('files.getUploadURLExternal', long)).toMatchObject({ error: 'alt_txt_too_large' })
})

it('shows a file in a message once its bytes are there and it is complete, and not before', async () => {
  const { upload_url: url, file_id: id } = await call('files.getUploadURLExternal', { filename: 'a.png', length: 3 })
  expect(await call('files.completeUploadExternal', { files: [{ id }] })).toMatchObject({ error: 'file_not_found' })
  const put = (bytes: number[]) => fetch(String(url), { method: 'POST', body: new Uint8Array(bytes) })
  expect((await put([1, 2])).status).toBe(400)
  expect((await put([1, 2, 3])).status).toBe(200)
  expect(await show(id)).toMatchObject({ ok: false, error: 'invalid_blocks' })
  expect(await call('files.completeUploadExternal', { files: [{ id, title: 'A' }] })).toMatchObject({ ok: true })
  expect(await show(id)).toMatchObject({ ok: true })
  expect(await show('F0NOTHING')).toMatchObject({ ok: false, error: 'invalid_blocks' })
})
