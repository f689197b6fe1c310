/** Seen to fail: with any error taken for a missing scope, and with the list asked for again for a known name. */
import { ErrorCode, WebClient } from '@slack/web-api'
import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { createChannels } from '../../src/slack/channels.ts'

const refused = (error: string) =>
  Object.assign(new Error(`An API error occurred: ${error}`), { code: ErrorCode.PlatformError })
const unreachable = () => Object.assign(new Error('connect ECONNREFUSED'), { code: ErrorCode.RequestError })
const approvals = { ok: true, channels: [{ id: 'C0APPROVAL', name: 'agent-approvals', is_member: true }] }

function channelsOf(...answers: readonly (object | Error)[]) {
  const client = new WebClient()
  const list = vi.fn()
  for (const answer of answers)
    list.mockImplementationOnce(async () => {
      if (answer instanceof Error) throw answer
      return answer
    })
  Object.assign(client.conversations, { list })
  const clock = { now: 0 }
  return { channels: createChannels(client, () => clock.now, pino({ level: 'silent' })), list, clock }
}

it('finds a channel by its name, and asks once for it', async () => {
  const { channels, list, clock } = channelsOf(approvals)
  expect(await channels.resolve('#agent-approvals')).toBe('C0APPROVAL')
  clock.now = 3_600_000
  expect(await channels.resolve('#agent-approvals')).toBe('C0APPROVAL')
  expect(list).toHaveBeenCalledTimes(1)
})

it('looks among public channels alone where the bot may not list private ones', async () => {
  const { channels, list } = channelsOf(refused('missing_scope'), approvals)
  expect(await channels.resolve('#agent-approvals')).toBe('C0APPROVAL')
  expect(list.mock.calls.map(([args]) => args.types)).toEqual(['public_channel,private_channel', 'public_channel'])
})

it('takes no moment’s failure for a workspace without private channels', async () => {
  const { channels } = channelsOf(refused('internal_error'), approvals)
  await expect(channels.members('#agent-approvals')).rejects.toThrow('internal_error')
})

it('leaves a name that Slack does not list to Slack, and says when Slack was not reached', async () => {
  const { channels } = channelsOf(refused('ratelimited'), unreachable(), approvals)
  expect(await channels.resolve('#agent-approvals')).toBe('#agent-approvals')
  await expect(channels.resolve('#agent-approvals')).rejects.toThrow('ECONNREFUSED')
  expect(await channels.resolve('#other')).toBe('#other')
})
