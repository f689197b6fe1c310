/**
 * The page of a decision, as the edge serves it. Broken builds that these sentences were seen to catch:
 * - a link without its decision, its end, its signature or its workspace looked at -> "says what to do".
 * - a header left out -> "runs nothing". An opening that leaves no trace in the log -> "is logged".
 */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { signLink } from '../../src/domain/context-link.ts'
import type { Context } from '../../src/domain/decision-context.ts'
import { HOUR } from '../../src/domain/time.ts'
import type { HttpPorts } from '../../src/http/server.ts'
import { type Running, startServer } from './running-server.ts'
import { ID, OTHER_ID, pending, T0 } from './sample-decision.ts'

const KEY = new Uint8Array(32)
const STYLE = 'p{color:red}'
const context: Context = {
  view: { decision: pending, policy: null, openToChannel: false, frozen: [], history: [] },
  earlier: [],
  band: null,
  slack: null,
  timeZone: 'UTC',
  names: new Map(),
}
const pages: HttpPorts['pages'] = {
  key: KEY,
  team: async () => 'T1',
  page: ({ view }, until) => `<!doctype html><style>${STYLE}</style>all of ${view.decision.id} until ${until}`,
  refusal: (title, words) => `<!doctype html><style>${STYLE}</style>${title} ${words.join(' ')}`,
  style: STYLE,
}

let running: Running
const start = async (
  contextFor = async (): Promise<Context | null> => context,
  more: Partial<HttpPorts['pages']> = {},
) => {
  running = await startServer({ contextFor }, { pages: { ...pages, ...more } })
}
afterEach(() => running.server.close())

const linkFor = (user = 'U012', team = 'T1', expiresAt = T0 + HOUR) =>
  `/d/${ID}?k=${signLink(KEY, ID, { user, team, expiresAt })}`
/** Without an API key, as browsers ask. */
const open = (path: string, method = 'GET') => running.call(method, path, { headers: { authorization: undefined } })

describe('the page of a decision', () => {
  it('is shown to whom the link is for, with their link’s end', async () => {
    await start()
    const reply = await open(linkFor())
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(reply.text).toContain(`all of ${ID} until ${T0 + HOUR}`)
    expect(running.calls).toEqual([{ name: 'contextFor', args: ['U012', ID] }])
  })

  it('is logged with who opened it, and never with the link', async () => {
    await start()
    await open(linkFor())
    expect(running.logged()).toContain('"user":"U012"')
    expect(running.logged()).toContain(ID)
    expect(running.logged()).not.toContain(linkFor().split('.').at(-1))
  })

  const kinds: readonly [name: string, path: string, status: number, words: string][] = [
    ['without a link, as agents have it', `/d/${ID}`, 403, 'Press Full context on its card in Slack'],
    ['with somebody’s own invention', `/d/${ID}?k=U012.T1.1800000000.${'A'.repeat(43)}`, 403, 'Press Full context'],
    ['with two links', `${linkFor()}&k=x`, 403, 'Press Full context'],
    ['with a link to another', linkFor().replace(ID, OTHER_ID), 403, 'Press Full context'],
    ['with a link for another workspace', linkFor('U012', 'T2'), 403, 'Press Full context'],
    ['with a link of an hour ago', linkFor('U012', 'T1', T0), 410, 'This link has expired'],
    ['of no decision', '/d/nonsense', 403, 'Press Full context'],
  ]
  it.each(kinds)('%s says what to do and asks for nothing', async (_name, path, status, words) => {
    await start()
    const reply = await open(path)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8'])
    expect(reply.text).toContain(words)
    expect(running.calls).toEqual([])
  })

  it('is not shown to who may not read it any more, as if there were none', async () => {
    await start(async () => null)
    expect(await open(linkFor())).toMatchObject({
      status: 403,
      text: expect.stringContaining('nothing here that you may'),
    })
    expect(running.logged()).toContain('"shown":false')
  })

  it('is put off while Slack does not say who is who, or the database cannot be read', async () => {
    await start(async () => context, { team: async () => null })
    expect((await open(linkFor())).status).toBe(503)
    await running.server.close()
    await start(async () => Promise.reject(new Error('disk gone at /secret')))
    const reply = await open(linkFor())
    expect([reply.status, reply.text.includes('secret')]).toEqual([503, false])
    expect(running.logged()).toContain('disk gone')
  })

  it('runs nothing, loads nothing, sends nothing, is framed nowhere and stored nowhere, its refusals as well', async () => {
    await start()
    for (const path of [linkFor(), `/d/${ID}`]) {
      const { headers, text } = await open(path)
      const [, style = ''] = /<style>(.*)<\/style>/s.exec(text) ?? []
      const hash = createHash('sha256').update(style).digest('base64')
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
    }
  })

  it('can only be read', async () => {
    await start()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect((await open(linkFor(), method)).status).toBe(405)
    expect(running.calls).toEqual([])
  })
})
