import { WebClient } from '@slack/web-api'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ACTIONS, CALLBACKS, encodeValue, INPUTS } from '../../blocks/action-ids.ts'
import type { App, Changed } from '../../src/app/app.ts'
import { type ActionPorts, onPress } from '../../src/slack/actions.ts'
import { inTime } from '../../src/slack/in-time.ts'
import type { ModalAnswer } from '../../src/slack/modal-answer.ts'
import { onSubmit } from '../../src/slack/modals.ts'
import type { Press, Submission } from '../../src/slack/parse.ts'
import { START, viewOf } from '../blocks/views.ts'
import { appWith } from './stub-app.ts'

/*
 * Broken once each to see it fail: approvals acknowledged only when they are recorded, acknowledged before they are,
 * 2.5 s made 3.5.
 */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const view = viewOf()
const value = encodeValue({ decision: 'dec_1', revision: 0 })

function setUp(given: Partial<App>) {
  const told: string[] = []
  const calls: [string, unknown][] = []
  const answers: ModalAnswer[] = []
  const acks: number[] = []
  const called = (name: string) => async (args: unknown) => {
    calls.push([name, args])
    return { ok: true }
  }
  const client = new WebClient()
  Object.assign(client.views, { open: called('views.open'), update: called('views.update') })
  const ports: ActionPorts = {
    app: appWith({ view: async () => view, refusal: async () => null, ...given }),
    client,
    clock: () => START,
    whisper: async (_, words) => void told.push(typeof words === 'string' ? words : words.text),
    home: { show: async () => undefined, refresh: async () => undefined },
    timeZone: async () => 'UTC',
    contextLink: async () => null,
    log: pino({ level: 'silent' }),
  }
  const began = Date.now()
  return {
    ports,
    told,
    calls,
    answers,
    acks,
    ack: async () => void acks.push(Date.now() - began),
    answer: async (given: ModalAnswer) => {
      acks.push(Date.now() - began)
      answers.push(given)
    },
  }
}

const press = (actionId: string): Press => ({
  user: 'U0ANA',
  actionId,
  value,
  trigger: 'trigger',
  place: { channel: 'C1', thread: null },
  isPrivate: false,
  responseUrl: null,
  view: null,
})
const submission: Submission = {
  user: 'U0ANA',
  callbackId: CALLBACKS.deny,
  metadata: value,
  viewId: 'V1',
  values: new Map([[INPUTS.reason, { block: INPUTS.reason, text: 'No.' }]]),
}

const accepted: Changed = { kind: 'accepted', decision: view.decision }
const rejected: Changed = {
  kind: 'rejected',
  decision: view.decision,
  rejection: { kind: 'rejected', code: 'not_eligible', message: 'Only lead can decide this.' },
}

/** Work that is done when the test says so. */
function laterOn<T>() {
  let done: (value: T) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const work = new Promise<T>((resolve, reject) => {
    done = resolve
    fail = reject
  })
  return { work, done, fail }
}

describe('an approval', () => {
  it('is recorded first, then acknowledged', async () => {
    const { work, done } = laterOn<Changed>()
    const at = setUp({ approve: () => work })
    const pressed = onPress(at.ports, press(ACTIONS.approve), at.ack)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(at.acks).toEqual([])
    done(accepted)
    await pressed
    expect(at.acks).toEqual([2_000])
    expect(at.told).toEqual([])
  })

  it('that hangs on Slack is acknowledged within three seconds, and its end is told when it comes', async () => {
    const { work, done } = laterOn<Changed>()
    const at = setUp({ approve: () => work })
    const pressed = onPress(at.ports, press(ACTIONS.approve), at.ack)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(at.acks).toEqual([2_500])
    expect(at.told).toEqual([])
    done(rejected)
    await pressed
    expect(at.told).toEqual(['Only lead can decide this.'])
  })

  it('that can not be written is acknowledged, and its person told that it is not recorded', async () => {
    const at = setUp({ approve: () => Promise.reject(new Error('disk full')) })
    await onPress(at.ports, press(ACTIONS.approve), at.ack)
    expect(at.acks).toEqual([0])
    expect(at.told).toEqual([expect.stringContaining('*not recorded*')])
  })
})

describe('a button that opens a modal', () => {
  it.each([ACTIONS.deny, ACTIONS.clarify])('%s is acknowledged within three seconds of a slow look-up', async (id) => {
    const { work, done } = laterOn<null>()
    const at = setUp({ refusal: () => work })
    const pressed = onPress(at.ports, press(id), at.ack)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(at.acks).toEqual([2_500])
    done(null)
    await pressed
    expect(at.calls.map(([name]) => name)).toEqual(['views.open'])
  })

  it('opens none for somebody who may not use it', async () => {
    const at = setUp({ refusal: async () => ({ kind: 'rejected', code: 'not_eligible', message: 'Only lead.' }) })
    await onPress(at.ports, press(ACTIONS.deny), at.ack)
    expect(at.calls).toEqual([])
    expect(at.told).toEqual(['Only lead.'])
  })
})

describe('a submitted modal', () => {
  it('closes once its act is recorded', async () => {
    const { work, done } = laterOn<Changed>()
    const at = setUp({ deny: () => work })
    const submitted = onSubmit(at.ports, submission, at.answer)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(at.answers).toEqual([])
    done(accepted)
    await submitted
    expect(at.answers).toEqual([{ kind: 'close' }])
  })

  it.each<[string, (late: ReturnType<typeof laterOn<Changed>>) => void, string]>([
    ['that it is recorded', ({ done }) => done(accepted), 'This is recorded'],
    ['that it was refused', ({ done }) => done(rejected), 'Only lead can decide this.'],
    ['that it is not recorded', ({ fail }) => fail(new Error('disk full')), '*not recorded*'],
  ])('says that it is not recorded yet when it is slow, and later %s', async (_, end, said) => {
    const late = laterOn<Changed>()
    const at = setUp({ deny: () => late.work })
    const submitted = onSubmit(at.ports, submission, at.answer)
    await vi.advanceTimersByTimeAsync(2_500)
    expect(at.acks).toEqual([2_500])
    expect(JSON.stringify(at.answers)).toContain('Not recorded yet')
    end(late)
    await submitted
    expect(at.calls).toEqual([['views.update', expect.objectContaining({ view_id: 'V1' })]])
    expect(JSON.stringify(at.calls)).toContain(said)
    expect(at.answers).toHaveLength(1)
  })
})

describe('inTime', () => {
  it('leaves no timer behind', async () => {
    await inTime(Promise.resolve(1))
    await inTime(Promise.reject(new Error('x'))).catch(() => null)
    expect(vi.getTimerCount()).toBe(0)
  })
})
