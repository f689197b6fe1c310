/** What a person has to do when Slack refuses. Seen to fail: "Create dm U0ANA00001 or invite the bot to it". */
import { expect, it } from 'vitest'
import { remedy } from '../../src/delivery/failure.ts'

it('says what to do about a channel that the bot cannot see, but nothing of a direct message, which it opens itself', () => {
  const failure = { kind: 'refused', error: 'channel_not_found' } as const
  expect(remedy(failure, '#payments')).toBe('Create #payments or invite the bot to it: to the bot it does not exist')
  expect(remedy(failure, 'dm U0ANA00001')).toBeNull()
})
