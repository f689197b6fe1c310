import { WebAPIPlatformError, WebClient } from '@slack/web-api'
import { afterEach, describe, expect, it } from 'vitest'
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../src/workspace/server.ts'

// Broken once each to see it fail: membership in `writable`, the trigger's three seconds, the CSRF check.

const channel = 'C0APPROVAL'
const ana = 'U0ANA00001'
const open: Workspace[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((workspace) => workspace.close()))
})

async function start(options: Partial<WorkspaceOptions> = {}) {
  const clock = { now: 1_800_000_000_000 }
  const workspace = await startWorkspace({ port: 0, now: () => clock.now, ...options })
  open.push(workspace)
  const client = new WebClient(workspace.botToken, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  })
  return { workspace, client, clock }
}

/** The `error` and messages that Slack's own client reports for a refused call. */
async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly error?: string; readonly messages?: readonly string[] }> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof WebAPIPlatformError)) return {}
  const data: { error?: string; response_metadata?: { messages?: string[] } } = thrown.data
  const messages = data.response_metadata?.messages
  return {
    ...(data.error === undefined ? {} : { error: data.error }),
    ...(messages === undefined ? {} : { messages }),
  }
}

async function raw(workspace: Workspace, method: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(`${workspace.apiUrl}${method}`, { method: 'POST', ...init })
  return response.json()
}

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const button = { type: 'button' as const, action_id: 'go', text: plain('Go') }
const actions = [{ type: 'actions' as const, elements: [button] }]
const modal = { type: 'modal' as const, title: plain('Title'), blocks: [{ type: 'divider' as const }] }

describe('tokens', () => {
  it('are asked for, known, and of the right kind', async () => {
    const { workspace } = await start()
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    expect(await raw(workspace, 'auth.test')).toMatchObject({ ok: false, error: 'not_authed' })
    expect(await raw(workspace, 'auth.test', bearer('xoxb-other'))).toMatchObject({ error: 'invalid_auth' })
    expect(await raw(workspace, 'auth.test', bearer(workspace.appToken))).toMatchObject({
      error: 'not_allowed_token_type',
    })
    expect(await raw(workspace, 'apps.connections.open', bearer(workspace.botToken))).toMatchObject({
      error: 'not_allowed_token_type',
    })
    expect(await raw(workspace, 'auth.test', bearer(workspace.botToken))).toMatchObject({
      ok: true,
      team_id: workspace.teamId,
    })
    expect(await raw(workspace, 'nothing.here', bearer(workspace.botToken))).toMatchObject({ error: 'unknown_method' })
  })

  it('count in a form and in a header, not inside a JSON body', async () => {
    const { workspace } = await start()
    const token = workspace.botToken
    const json = { 'content-type': 'application/json' }
    expect(await raw(workspace, 'auth.test', { body: new URLSearchParams({ token }) })).toMatchObject({ ok: true })
    expect(await raw(workspace, 'auth.test', { body: JSON.stringify({ token }), headers: json })).toMatchObject({
      error: 'not_authed',
    })
    const posted = await raw(workspace, 'chat.postMessage', {
      headers: { ...json, authorization: `Bearer ${token}` },
      body: JSON.stringify({ channel, text: 'x', blocks: actions }),
    })
    expect(posted).toMatchObject({ ok: true, channel })
  })

  it('reach no further than their scopes', async () => {
    const { client } = await start({ scopes: ['chat:write'] })
    expect(await refusal(client.users.info({ user: ana }))).toMatchObject({ error: 'missing_scope' })
    expect(await refusal(client.conversations.history({ channel }))).toMatchObject({ error: 'missing_scope' })
    expect(await client.chat.postMessage({ channel, text: 'x' })).toMatchObject({ ok: true })
  })
})

describe('posting', () => {
  it.each([
    ['no text', { channel, text: '' }, 'no_text'],
    ['an unknown channel', { channel: 'C0NOWHERE1', text: 'x' }, 'channel_not_found'],
    ['a channel without the app', { channel: 'C0GENERAL1', text: 'x' }, 'not_in_channel'],
    ['a text of 40,001 characters', { channel, text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['an unknown thread', { channel, text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
    [
      'too much in its blocks',
      {
        channel,
        text: 'x',
        blocks: Array.from({ length: 5 }, () => ({ type: 'section' as const, text: plain('x'.repeat(2900)) })),
      },
      'msg_blocks_too_long',
    ],
    [
      'metadata without a payload',
      { channel, text: 'x', metadata: JSON.parse('{"event_type":"x"}') },
      'invalid_metadata_format',
    ],
    [
      'large metadata',
      { channel, text: 'x', metadata: { event_type: 'x', event_payload: { x: 'x'.repeat(16_000) } } },
      'metadata_too_large',
    ],
  ])('is refused for %s', async (_name, args, error) => {
    const { workspace, client } = await start()
    expect(await refusal(client.chat.postMessage(args))).toMatchObject({ error })
    expect(workspace.messages(channel)).toEqual([])
  })

  it('prints where a block is wrong, as Slack does', async () => {
    const { client } = await start()
    const blocks = [{ type: 'header' as const, text: plain('x'.repeat(151)) }]
    expect(await refusal(client.chat.postMessage({ channel, text: 'x', blocks }))).toEqual({
      error: 'invalid_blocks',
      messages: ['[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
    })
  })

  it('is refused in an archived channel', async () => {
    const { workspace, client } = await start()
    workspace.archive(channel)
    expect(await refusal(client.chat.postMessage({ channel, text: 'x' }))).toMatchObject({ error: 'is_archived' })
  })

  it('gives each message a timestamp of its own within the same millisecond', async () => {
    const { client } = await start()
    const first = await client.chat.postMessage({ channel, text: 'one' })
    const second = await client.chat.postMessage({ channel, text: 'two' })
    expect(first.ts).toBe('1800000000.000000')
    expect(second.ts).toBe('1800000000.000001')
  })

  it('shows metadata to those who ask for it, so that a lost post can be found', async () => {
    const { client } = await start()
    const metadata = { event_type: 'decision', event_payload: { id: 'dec_1' } }
    const { ts } = await client.chat.postMessage({ channel, text: 'x', metadata })
    const without = await client.conversations.history({ channel })
    const found = await client.conversations.history({ channel, include_all_metadata: true })
    expect(without.messages?.[0]).not.toHaveProperty('metadata')
    expect(found.messages?.[0]).toMatchObject({ ts, metadata })
  })

  it('tells whom a message calls, whatever carries it', async () => {
    const { workspace, client } = await start()
    const mentionsOf = async (args: object): Promise<readonly string[]> => {
      await client.chat.postMessage({ channel, text: 'x', ...args })
      return workspace.messages(channel).at(-1)?.mentions ?? []
    }
    const block = (text: object) => ({ blocks: [{ type: 'section', text }] })
    expect(await mentionsOf({ text: `<@${ana}> <!here> <!subteam^S0SUPPORT1|@support-leads>` })).toEqual([
      ana,
      'here',
      'S0SUPPORT1',
    ])
    expect(await mentionsOf({ text: '&lt;!channel&gt; @here @ana' })).toEqual([])
    expect(await mentionsOf({ text: '@ana @here', link_names: true })).toEqual(['here', ana])
    expect(await mentionsOf(block(plain('<!channel> @here')))).toEqual([])
    expect(await mentionsOf(block({ type: 'mrkdwn', text: '<!channel>' }))).toEqual(['channel'])
    expect(await mentionsOf(block({ type: 'mrkdwn', text: 'mail a@here.example, @here' }))).toEqual(['here'])
    expect(await mentionsOf(block({ type: 'mrkdwn', text: '@here', verbatim: true }))).toEqual([])
    const said = {
      type: 'rich_text_section',
      elements: [
        { type: 'text', text: '<!channel>' },
        { type: 'user', user_id: ana },
      ],
    }
    expect(await mentionsOf({ blocks: [{ type: 'rich_text', elements: [said] }] })).toEqual([ana])
  })
})

describe('changing a message', () => {
  it('with text alone removes its blocks and keeps its metadata', async () => {
    const { workspace, client } = await start()
    const metadata = { event_type: 'decision', event_payload: { id: 'dec_1' } }
    const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: actions, metadata })
    await client.chat.update({ channel, ts: String(ts), text: 'done' })
    const [message] = workspace.messages(channel)
    expect(message).toMatchObject({ ts, text: 'done', metadata })
    expect(message).not.toHaveProperty('blocks')
  })

  it('is refused for what is not there, not its own, or too long', async () => {
    const { workspace, client } = await start()
    await workspace.say(ana, channel, 'mine')
    const theirs = String(workspace.messages(channel)[0]?.ts)
    expect(await refusal(client.chat.update({ channel, ts: '1.000001', text: 'x' }))).toMatchObject({
      error: 'message_not_found',
    })
    expect(await refusal(client.chat.update({ channel, ts: theirs, text: 'x' }))).toMatchObject({
      error: 'cant_update_message',
    })
    const { ts } = await client.chat.postMessage({ channel, text: 'x' })
    expect(await refusal(client.chat.update({ channel, ts: String(ts), text: 'x'.repeat(4001) }))).toMatchObject({
      error: 'msg_too_long',
    })
  })
})

describe('people', () => {
  it('are found by id and e-mail, with what makes a guest and a stranger one', async () => {
    const { client } = await start()
    expect((await client.users.lookupByEmail({ email: 'ana@example.com' })).user?.id).toBe(ana)
    expect(await refusal(client.users.lookupByEmail({ email: 'eva@example.com' }))).toMatchObject({
      error: 'users_not_found',
    })
    expect(await refusal(client.users.info({ user: 'U0NOBODY01' }))).toMatchObject({ error: 'user_not_found' })
    expect((await client.users.info({ user: 'U0GUS00001' })).user).toMatchObject({ is_restricted: true })
    expect((await client.users.info({ user: 'U0OLU00001' })).user).toMatchObject({
      is_stranger: true,
      team_id: 'T0OTHER001',
    })
    expect((await client.users.info({ user: 'U0DEL00001' })).user).toMatchObject({ deleted: true })
    expect((await client.usergroups.users.list({ usergroup: 'S0SUPPORT1' })).users).toEqual([ana, 'U0BEN00001'])
  })

  it('are listed page by page', async () => {
    const { client } = await start()
    const pages: number[] = []
    for await (const page of client.paginate('conversations.members', { channel, limit: 3 })) {
      const members = 'members' in page ? page.members : undefined
      pages.push(Array.isArray(members) ? members.length : 0)
    }
    expect(pages).toEqual([3, 3, 1])
  })

  it('get a direct message under their own id', async () => {
    const { workspace, client } = await start()
    const posted = await client.chat.postMessage({ channel: ana, text: 'hello' })
    expect(posted.channel).toBe(workspace.dm(ana))
    expect(await client.conversations.open({ users: ana })).toMatchObject({
      channel: { id: posted.channel },
      already_open: true,
    })
    expect(await refusal(client.conversations.open({ users: 'U0DEL00001' }))).toMatchObject({ error: 'user_disabled' })
    expect(await refusal(client.chat.postMessage({ channel: 'U0DEL00001', text: 'hello' }))).toMatchObject({
      error: 'channel_not_found',
    })
  })

  it('are opened a direct message once', async () => {
    const { workspace, client } = await start()
    const opened = await client.conversations.open({ users: ana })
    expect(opened).not.toHaveProperty('already_open')
    expect(await client.conversations.open({ users: ana })).toMatchObject({ no_op: true, channel: opened.channel })
    expect(opened.channel).toEqual({ id: workspace.dm(ana) })
    const { channel: whole } = await client.conversations.open({ users: ana, return_im: true })
    expect(whole).toMatchObject({ id: workspace.dm(ana), user: ana })
    const nine = Array.from({ length: 9 }, (_, index) => `U0NOBODY${index}`).join(',')
    expect(await refusal(client.conversations.open({ users: nine }))).toMatchObject({ error: 'too_many_users' })
    expect(await refusal(client.conversations.open({ users: '' }))).toMatchObject({ error: 'users_list_not_supplied' })
    expect(await refusal(client.conversations.open({ users: 'U0NOBODY1' }))).toMatchObject({ error: 'user_not_found' })
    expect(await refusal(client.conversations.open({ users: workspace.botUserId }))).toMatchObject({
      error: 'cannot_dm_bot',
    })
  })

  it('are found by an address however it is spelt, and not in another workspace', async () => {
    const people = [
      { id: ana, name: 'ana', real_name: 'Ana', email: 'Ana@Example.com' },
      { id: 'U0OLU00001', name: 'olu', real_name: 'Olu', email: 'olu@example.com', is_stranger: true },
    ]
    const { client } = await start({ people })
    expect((await client.users.lookupByEmail({ email: 'ANA@example.com' })).user?.id).toBe(ana)
    expect(await refusal(client.users.lookupByEmail({ email: 'olu@example.com' }))).toMatchObject({
      error: 'users_not_found',
    })
  })

  it('are present or away', async () => {
    const { workspace, client } = await start()
    expect(await client.users.getPresence({ user: ana })).toMatchObject({ presence: 'active' })
    await workspace.setPerson(ana, { presence: 'away' })
    expect(await client.users.getPresence({ user: ana })).toMatchObject({ presence: 'away' })
    expect(await refusal(client.users.getPresence({ user: 'U0NOBODY1' }))).toMatchObject({ error: 'user_not_found' })
  })

  it('show when they want quiet, up to fifty at once', async () => {
    const { workspace, client, clock } = await start()
    const now = clock.now / 1000
    await workspace.setPerson(ana, { snoozed_until: now + 60 })
    await workspace.setPerson('U0BEN00001', { quiet_time: [now + 10, now + 20] })
    const { users } = await client.dnd.teamInfo({ users: `${ana},U0BEN00001,U0CAROL001` })
    expect(users).toEqual({
      [ana]: { dnd_enabled: true, next_dnd_start_ts: now, next_dnd_end_ts: now + 60 },
      U0BEN00001: { dnd_enabled: true, next_dnd_start_ts: now + 10, next_dnd_end_ts: now + 20 },
      U0CAROL001: { dnd_enabled: false, next_dnd_start_ts: 1, next_dnd_end_ts: 1 },
    })
    const many = (count: number) => client.dnd.teamInfo({ users: Array(count).fill(ana).join(',') })
    expect(await many(50)).toMatchObject({ ok: true })
    expect(await refusal(many(51))).toMatchObject({ error: 'too_many_users' })
    expect(await refusal(many(0))).toMatchObject({ error: 'no_users_provided' })
  })
})

describe('views', () => {
  const triggerOf = async (workspace: Workspace, client: WebClient): Promise<string> => {
    const { createServer } = await import('node:http')
    const got = { trigger: '' }
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => {
        const payload = new URLSearchParams(chunk.toString()).get('payload') ?? '{}'
        const click: { trigger_id: string } = JSON.parse(payload)
        got.trigger = click.trigger_id
      })
      request.on('end', () => response.end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    workspace.setRequestUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: actions })
    await workspace.click(ana, { channel, ts: String(ts), actionId: 'go' })
    server.close()
    server.closeAllConnections()
    return got.trigger
  }

  it('open once for each click, and only within three seconds', async () => {
    const { workspace, client, clock } = await start()
    const trigger_id = await triggerOf(workspace, client)
    expect(await refusal(client.views.open({ trigger_id: 'x', view: modal }))).toMatchObject({
      error: 'invalid_trigger_id',
    })
    clock.now += 3000
    await client.views.open({ trigger_id, view: modal })
    expect(workspace.view(ana)?.title).toEqual(plain('Title'))
    expect(await refusal(client.views.open({ trigger_id, view: modal }))).toMatchObject({
      error: 'exchanged_trigger_id',
    })
    const late = await triggerOf(workspace, client)
    clock.now += 3001
    expect(await refusal(client.views.open({ trigger_id: late, view: modal }))).toMatchObject({
      error: 'expired_trigger_id',
    })
  })

  it('are refused when malformed, too large, or changed meanwhile', async () => {
    const { workspace, client } = await start()
    const trigger_id = await triggerOf(workspace, client)
    const bad = { ...modal, title: plain('x'.repeat(25)) }
    expect(await refusal(client.views.open({ trigger_id, view: bad }))).toEqual({
      error: 'invalid_arguments',
      messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
    })
    const large = {
      ...modal,
      blocks: Array.from({ length: 90 }, () => ({ type: 'section' as const, text: plain('x'.repeat(3000)) })),
    }
    expect(await refusal(client.views.open({ trigger_id, view: large }))).toMatchObject({ error: 'view_too_large' })
    const opened = await client.views.open({ trigger_id, view: modal })
    const view_id = String(opened.view?.id)
    const hash = String(opened.view?.hash)
    await client.views.update({ view_id, hash, view: modal })
    expect(await refusal(client.views.update({ view_id, hash, view: modal }))).toMatchObject({ error: 'hash_conflict' })
    expect(await refusal(client.views.update({ view_id: 'V0NOTHING1', view: modal }))).toMatchObject({
      error: 'not_found',
    })
  })
})

describe('failures on order', () => {
  it('carry out a post and then cut the connection', async () => {
    const { workspace, client } = await start()
    workspace.fault({ method: 'chat.postMessage', kind: 'reset_after_accept' })
    await expect(client.chat.postMessage({ channel, text: 'once' })).rejects.toThrow()
    expect(workspace.messages(channel)).toMatchObject([{ text: 'once' }])
  })

  it('say 429 with Retry-After, 500, or an error of Slack, and then are over', async () => {
    const { workspace, client } = await start()
    workspace.fault({ method: 'chat.postMessage', kind: 'rate_limited', retryAfter: 7 })
    await expect(client.chat.postMessage({ channel, text: 'x' })).rejects.toMatchObject({ retryAfter: 7 })
    workspace.fault({ kind: 'error_500' })
    await expect(client.chat.postMessage({ channel, text: 'x' })).rejects.toMatchObject({ statusCode: 500 })
    workspace.fault({ kind: 'slack_error', error: 'fatal_error', times: 2 })
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'fatal_error' })
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'fatal_error' })
    expect(workspace.messages(channel)).toEqual([])
    expect(await client.auth.test()).toMatchObject({ ok: true })
  })

  it('leave a call without an answer', async () => {
    const { workspace } = await start()
    workspace.fault({ kind: 'no_answer' })
    await expect(raw(workspace, 'auth.test', { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  })

  it('keep the pace of one message a second and channel when switched on', async () => {
    const { workspace, client, clock } = await start()
    const post = (to: string) => client.chat.postMessage({ channel: to, text: 'x' })
    workspace.rateLimits(true)
    await post(channel)
    await expect(post(channel)).rejects.toMatchObject({ retryAfter: 1 })
    await post('C0AGENTOPS')
    clock.now += 1000
    await post(channel)
    expect(workspace.messages(channel)).toHaveLength(2)
  })
})

describe('a response_url', () => {
  it('works five times and for thirty minutes', async () => {
    const { workspace, clock } = await start()
    const urlOf = async (): Promise<string> => {
      const { createServer } = await import('node:http')
      const got = { url: '' }
      const server = createServer((request, response) => {
        request.on('data', (chunk: Buffer) => {
          got.url = new URLSearchParams(chunk.toString()).get('response_url') ?? ''
        })
        request.on('end', () => response.end())
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      workspace.setRequestUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
      await workspace.command(ana, channel, '/approvals', 'help')
      server.close()
      server.closeAllConnections()
      return got.url
    }
    const post = async (url: string, body: object): Promise<unknown> =>
      (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()
    const url = await urlOf()
    expect(await post(url, { text: 'for all', response_type: 'in_channel' })).toMatchObject({ ok: true })
    for (let use = 2; use <= 5; use += 1) expect(await post(url, { text: `${use}` })).toMatchObject({ ok: true })
    expect(await post(url, { text: 'six' })).toMatchObject({ error: 'used_url' })
    expect(workspace.messages(channel).map((each) => each.text)).toEqual(['for all'])
    expect(workspace.ephemerals(ana).map((each) => each.text)).toEqual(['2', '3', '4', '5'])
    const other = await urlOf()
    clock.now += 30 * 60_000 + 1
    expect(await post(other, { text: 'late' })).toMatchObject({ error: 'expired_url' })
  })
})

describe('the page', () => {
  it('answers a command that no app has registered as Slack does, to that person alone', async () => {
    const { workspace } = await start({ commands: ['/known'] })
    const typed = (command: string) =>
      fetch(`${workspace.pageUrl}page/command`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: new URL(workspace.pageUrl).origin },
        body: JSON.stringify({ userId: ana, channel, command, text: '' }),
      })
    expect((await typed('/approvals')).status).toBe(200)
    expect(workspace.ephemerals(ana).map(({ text }) => text)).toEqual(['/approvals is not a valid command.'])
    expect(workspace.messages(channel)).toEqual([])
    await typed('/known')
    expect(workspace.ephemerals(ana).at(-1)?.text).toContain('dispatch_failed')
  })

  const say = (workspace: Workspace, headers: Record<string, string>) =>
    fetch(`${workspace.pageUrl}page/say`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ userId: ana, channel, text: 'hi <!channel>' }),
    })

  it('acts only for requests that come from itself', async () => {
    const { workspace } = await start()
    const json = { 'content-type': 'application/json' }
    const origin = workspace.pageUrl.slice(0, -1)
    expect((await say(workspace, json)).status).toBe(403)
    expect((await say(workspace, { ...json, origin: 'https://example.com' })).status).toBe(403)
    expect((await say(workspace, { 'content-type': 'text/plain', origin })).status).toBe(403)
    expect(workspace.messages(channel)).toEqual([])
    expect((await say(workspace, { ...json, origin })).status).toBe(200)
    expect(workspace.messages(channel)).toMatchObject([{ text: 'hi &lt;!channel&gt;', mentions: [] }])
  })

  it('says that it is not Slack, and listens on loopback only', async () => {
    const { workspace } = await start()
    expect(await (await fetch(workspace.pageUrl)).text()).toContain('this is not Slack')
    expect(new URL(workspace.apiUrl).hostname).toBe('127.0.0.1')
  })
})
