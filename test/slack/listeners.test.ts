import { App as Bolt } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { registerListeners } from '../../src/slack/listeners.ts'
import { viewOf } from '../blocks/views.ts'
import { type Json, pressPayload } from '../scenario/house.ts'
import { appWith } from './stub-app.ts'

/*
 * Broken once to see it fail: an error of a button, or of a command, left to Bolt (nobody is told, Slack waits); a command
 * acknowledged after it was answered.
 */

const broken = () => Promise.reject(new Error('the database is gone'))
const app = appWith({ view: broken, deny: broken, approve: broken, refusal: broken })

async function send(body: Json, asked = app, acknowledge = async () => {}) {
  const told: string[] = []
  const acks: unknown[] = []
  const bolt = new Bolt({
    receiver: { init: () => undefined, start: async () => undefined, stop: async () => undefined },
    authorize: async () => ({ botToken: 'xoxb-1' }),
    deferInitialization: true,
    convoStore: false,
  })
  await bolt.init()
  registerListeners(bolt, {
    app: asked,
    client: new WebClient(),
    clock: () => 0,
    whisper: async (_, words) => void told.push(typeof words === 'string' ? words : words.text),
    home: { show: async () => undefined, refresh: async () => undefined },
    timeZone: async () => 'UTC',
    contextLink: async () => null,
    identity: async () => null,
    log: pino({ level: 'silent' }),
    changed: () => undefined,
  })
  await bolt.processEvent({
    body: { ...body },
    ack: async (response) => {
      acks.push(response)
      await acknowledge()
    },
  })
  return { told, acks }
}

it.each(['approve', 'deny', 'clarify', 'context'])(
  'says that nothing was recorded when %s meets a broken database',
  async (button) => {
    const { told, acks } = await send(pressPayload('U0ANA00001', 'dec_1', button))
    expect(acks).toHaveLength(1)
    expect(told).toEqual([expect.stringContaining('*not recorded*')])
  },
)

it('tells nobody that a recorded approval was not recorded because Slack hung up meanwhile', async () => {
  const view = viewOf({ policy: { severity: 'low' } })
  const recording = appWith({
    view: async () => view,
    approve: async () => ({ kind: 'accepted', decision: view.decision }),
  })
  const { told, acks } = await send(pressPayload('U0ANA00001', 'dec_1'), recording, () =>
    Promise.reject(new Error('the socket is closed')),
  )
  expect(acks).toHaveLength(1)
  expect(told).toEqual([])
})

it('says so in the modal, once, instead of closing it', async () => {
  const page = { decision: 'dec_1', revision: 0, page: 1, approving: true }
  const { acks } = await send({
    type: 'view_submission',
    user: { id: 'U0ANA00001' },
    team: { id: 'T1' },
    view: { id: 'V1', callback_id: 'countersign.context.submit', private_metadata: JSON.stringify(page) },
  })
  expect(acks).toEqual([{ response_action: 'update', view: expect.objectContaining({ type: 'modal' }) }])
  expect(JSON.stringify(acks)).toContain('not recorded')
})

it('acknowledges a command at once, and says that it did not work when it did not', async () => {
  const order: string[] = []
  const asked = appWith({
    queue: async () => {
      order.push('read')
      throw new Error('the database is gone')
    },
  })
  const command = { command: '/approvals', text: 'mine', user_id: 'U0ANA00001', channel_id: 'C0APPROVAL' }
  const { told } = await send(command, asked, async () => void order.push('acknowledged'))
  expect(order).toEqual(['acknowledged', 'read'])
  expect(told).toEqual(['That did not work just now. Please try again.'])
})
