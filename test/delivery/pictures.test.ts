/** Seen to fail: given to Slack anew at each try, and tried with for ever. */
import { expect, it } from 'vitest'
import { createPictures, type Report } from '../../src/delivery/pictures.ts'
import { createSlackClient } from '../../src/delivery/slack.ts'
import { allScopes, startWorkspace } from '../../src/workspace/server.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const REPORT: Report = { about: 'weekly_report', at: 0, sentences: [], suggestions: [], lines: [], pictured: 'pay' }

it('are given to Slack once, tried with four times, and then done without', async () => {
  const workspace = await startWorkspace({ port: 0, scopes: allScopes })
  try {
    const client = createSlackClient({ token: workspace.botToken, apiUrl: workspace.apiUrl, log: silent })
    const drawn = { name: 'a.png', title: 'A', alt: 'What it shows', png: new Uint8Array([1, 2, 3]) }
    const pictures = createPictures(client, async () => [drawn], silent)
    const first = await pictures.of('week 1', REPORT)
    expect(first).toEqual([{ file: expect.stringMatching(/^F/), alt: 'What it shows' }])
    for (let tries = 1; tries < 4; tries += 1) {
      expect(pictures.refused('week 1')).toBe(true)
      expect(await pictures.of('week 1', REPORT)).toEqual(first)
    }
    expect(pictures.refused('week 1')).toBe(true)
    expect(await pictures.of('week 1', REPORT)).toEqual([])
    const asked = workspace.calls().filter(({ method }) => method === 'files.getUploadURLExternal')
    expect(asked).toHaveLength(1)
    expect(await pictures.of('week 2', REPORT)).toHaveLength(1)
  } finally {
    await workspace.close()
  }
})
