/** Seen to fail: with a failed answer remembered, and with a refused token told like any other failure. */
import { WebClient } from '@slack/web-api'
import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { createIdentity } from '../../src/slack/identity.ts'

function identityThat(...answers: readonly (() => Promise<object>)[]) {
  const client = new WebClient()
  const test = vi.fn()
  for (const answer of answers) test.mockImplementationOnce(answer)
  Object.assign(client.auth, { test })
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  return { ask: createIdentity(client, log), test, lines }
}

it('is nobody while Slack does not say, and is asked for again', async () => {
  const { ask, test } = identityThat(
    () => Promise.reject(new Error('An API error occurred: internal_error')),
    async () => ({ ok: true, team_id: 'T1', user_id: 'U1' }),
  )
  expect(await ask()).toBeNull()
  expect(await ask()).toEqual({ team: 'T1', user: 'U1' })
  expect(await ask()).toEqual({ team: 'T1', user: 'U1' })
  expect(test).toHaveBeenCalledTimes(2)
})

it('tells the operator which setting is wrong when the token is', async () => {
  const { ask, lines } = identityThat(() => Promise.reject(new Error('An API error occurred: invalid_auth')))
  expect(await ask()).toBeNull()
  expect(lines.join('')).toContain('SLACK_BOT_TOKEN')
})
