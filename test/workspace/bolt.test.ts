import { createServer, type Server } from 'node:http'
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { afterEach, describe, expect, it } from 'vitest'
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts'

// Broken once each to see it fail: the signature's version prefix, the trigger id, the ack's payload.

const ana = 'U0ANA00001'
const channel = 'C0APPROVAL'
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function open(): Promise<Workspace> {
  const workspace = await startWorkspace({ port: 0 })
  closing.push(() => workspace.close())
  return workspace
}

/** The same listeners over either transport. */
function listen(app: App): { readonly seen: string[] } {
  const seen: string[] = []
  app.action('approve', async ({ ack, body, client, action, respond }) => {
    await ack()
    if (body.type !== 'block_actions' || action.type !== 'button') return
    seen.push(`${body.user.id} ${action.value} ${body.container.message_ts} ${body.channel?.name}`)
    await client.chat.update({ channel, ts: String(body.message?.ts), text: 'Approved' })
    await respond({ text: 'Recorded', response_type: 'ephemeral', replace_original: false })
  })
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions') return
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'deny',
        private_metadata: 'dec_1',
        title: { type: 'plain_text', text: 'Deny' },
        submit: { type: 'plain_text', text: 'Deny' },
        blocks: [
          {
            type: 'input',
            block_id: 'reason',
            label: { type: 'plain_text', text: 'Why?' },
            element: { type: 'plain_text_input', action_id: 'text', multiline: true, min_length: 3 },
          },
        ],
      },
    })
  })
  app.view('deny', async ({ ack, view, body }) => {
    const reason = view.state.values.reason?.text?.value ?? ''
    if (reason === 'because') return ack({ response_action: 'errors', errors: { reason: 'Say more.' } })
    seen.push(`${body.user.id} denied ${view.private_metadata}: ${reason}`)
    await ack()
  })
  app.command('/approvals', async ({ ack, command }) => {
    seen.push(`${command.user_name} ${command.channel_name} ${command.text}`)
    await ack({ text: 'Your queue is empty' })
  })
  app.event('app_mention', async ({ event }) => {
    seen.push(`mention ${event.text}`)
  })
  return { seen }
}

async function overHttp(workspace: Workspace) {
  const receiver = new HTTPReceiver({ signingSecret: workspace.signingSecret, logLevel: LogLevel.ERROR })
  const app = new App({
    receiver,
    token: workspace.botToken,
    clientOptions: { slackApiUrl: workspace.apiUrl },
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
  })
  const { seen } = listen(app)
  await app.init()
  const server = createServer(receiver.requestListener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  workspace.setRequestUrl(`http://127.0.0.1:${portOf(server)}/slack/events`)
  return { app, seen }
}

async function overSocket(workspace: Workspace) {
  const clientOptions = { slackApiUrl: workspace.apiUrl }
  // The receiver takes its API address from here and from nowhere else.
  const receiver = new SocketModeReceiver({
    appToken: workspace.appToken,
    installerOptions: { clientOptions },
    logLevel: LogLevel.ERROR,
  })
  const app = new App({
    receiver,
    token: workspace.botToken,
    clientOptions,
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
  })
  const { seen } = listen(app)
  await app.init()
  await app.start()
  closing.push(() => app.stop())
  return { app, seen }
}

const buttons = [
  {
    type: 'actions' as const,
    elements: [
      {
        type: 'button' as const,
        action_id: 'approve',
        value: 'dec_1',
        text: { type: 'plain_text' as const, text: 'Approve' },
      },
      {
        type: 'button' as const,
        action_id: 'deny',
        value: 'dec_1',
        text: { type: 'plain_text' as const, text: 'Deny' },
      },
    ],
  },
]

describe.each([
  ['HTTP', overHttp],
  ['Socket Mode', overSocket],
])('a Bolt app over %s', (_name, connect) => {
  it('gets a click, changes the message and answers the person alone', async () => {
    const workspace = await open()
    const { app, seen } = await connect(workspace)
    const { ts } = await app.client.chat.postMessage({ channel, text: 'Approve?', blocks: buttons })
    const delivery = await workspace.click(ana, { channel, ts: String(ts), actionId: 'approve' })
    expect(delivery).toEqual({ status: 200, body: '' })
    await expect.poll(() => workspace.ephemerals(ana).map((each) => each.text)).toEqual(['Recorded'])
    expect(seen).toEqual([`${ana} dec_1 ${ts} agent-approvals`])
    expect(workspace.messages(channel)).toMatchObject([{ ts, text: 'Approved', mentions: [] }])
    expect(workspace.messages(channel)[0]?.blocks).toBeUndefined()
  })

  it('opens a modal with the click, shows its errors at the block, and closes on success', async () => {
    const workspace = await open()
    const { app, seen } = await connect(workspace)
    const { ts } = await app.client.chat.postMessage({ channel, text: 'Approve?', blocks: buttons })
    await workspace.click(ana, { channel, ts: String(ts), actionId: 'deny' })
    await expect.poll(() => workspace.view(ana)?.callback_id).toBe('deny')

    expect(await workspace.submitView(ana, {})).toEqual({ status: 0, body: 'not_sent' })
    expect(workspace.view(ana)?.errors).toEqual({ reason: 'Please complete this required field.' })
    await workspace.submitView(ana, { reason: { text: 'no' } })
    expect(workspace.view(ana)?.errors).toEqual({ reason: 'Must be at least 3 characters.' })
    await workspace.submitView(ana, { reason: { text: 'because' } })
    expect(workspace.view(ana)?.errors).toEqual({ reason: 'Say more.' })
    await workspace.submitView(ana, { reason: { text: 'The amount is wrong' } })
    expect(workspace.view(ana)).toBeUndefined()
    expect(seen).toEqual([`${ana} denied dec_1: The amount is wrong`])
  })

  it('gets commands and mentions, and its answer to a command is seen by one person', async () => {
    const workspace = await open()
    const { seen } = await connect(workspace)
    await workspace.command(ana, channel, '/approvals', 'mine')
    await workspace.say(ana, channel, '@Countersign approve')
    expect(seen).toEqual(['ana agent-approvals mine', `mention <@${workspace.botUserId}> approve`])
    expect(workspace.ephemerals(ana)).toMatchObject([{ text: 'Your queue is empty' }])
    expect(workspace.ephemerals('U0BEN00001')).toEqual([])
  })

  it('gets a delivery twice when told so', async () => {
    const workspace = await open()
    const { seen } = await connect(workspace)
    workspace.repeatNext(1)
    await workspace.command(ana, channel, '/approvals', 'mine')
    await expect.poll(() => seen.length).toBe(2)
  })
})

describe('signed requests', () => {
  it('are taken from the workspace and from nobody else', async () => {
    const workspace = await open()
    const { seen } = await overHttp(workspace)
    const body = new URLSearchParams({
      command: '/approvals',
      text: 'mine',
      user_name: 'ana',
      channel_name: 'x',
    }).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const now = Math.floor(Date.now() / 1000)
    expect(await workspace.sendRaw(body, form)).toMatchObject({ status: 401 })
    expect(await workspace.sendRaw(body, { ...form, ...workspace.sign(`${body}x`) })).toMatchObject({ status: 401 })
    expect(await workspace.sendRaw(body, { ...form, ...workspace.sign(body, now - 600) })).toMatchObject({
      status: 401,
    })
    expect(seen).toEqual([])
    expect(await workspace.sendRaw(body, { ...form, ...workspace.sign(body) })).toMatchObject({ status: 200 })
    expect(seen).toEqual(['ana x mine'])
  })

  it('answer the challenge by which Slack verifies a URL', async () => {
    const workspace = await open()
    await overHttp(workspace)
    const delivery = await workspace.verifyUrl('3eZbrw1a')
    expect(delivery.status).toBe(200)
    expect(JSON.parse(delivery.body)).toEqual({ challenge: '3eZbrw1a' })
  })
})

describe('deliveries that fail', () => {
  it('send an event once more under the same id, and an interaction not at all', async () => {
    const workspace = await open()
    const got: { readonly retry: string | undefined; readonly id: string }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        const retry = request.headers['x-slack-retry-num']
        const event: { event_id: string } = JSON.parse(body)
        got.push({
          retry: typeof retry === 'string' ? retry : undefined,
          id: event.event_id,
        })
        response.writeHead(got.length === 1 ? 500 : 200).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => server.close(resolve)))
    workspace.setRequestUrl(`http://127.0.0.1:${portOf(server)}/`)
    expect(await workspace.say(ana, channel, '@Countersign help')).toMatchObject({ status: 200 })
    expect(got.map((each) => each.retry)).toEqual([undefined, '1'])
    expect(new Set(got.map((each) => each.id)).size).toBe(1)
  })

  it('tell the person that the command failed when nobody listens', async () => {
    const workspace = await open()
    expect(await workspace.command(ana, channel, '/approvals', '')).toEqual({ status: 0, body: 'dispatch_failed' })
    expect(workspace.ephemerals(ana)).toMatchObject([{ text: '/approvals failed with the error "dispatch_failed"' }])
  })
})
