/** What goes on while the service is killed: agents that propose, answer, report and start plans, and two people who decide. */
import { ACTIONS, CALLBACKS, INPUTS } from '../../blocks/action-ids.ts'
import type { Delivery, Message } from '../../src/workspace/server.ts'
import { DESKS, SMALL_USD } from './desks.ts'
import {
  expectDecided,
  isOpen,
  type Ledger,
  newMark,
  type Pressed,
  type Proposed,
  saw,
  type Written,
} from './ledger.ts'
import { createPlanLoad, type Turn } from './plan-load.ts'
import { ANA, BEN, isOpenCard, type Reply, refund, type Scene, type Service } from './scene.ts'
import type { Seeded } from './seeded.ts'

/** What is known so far about what was asked of the service. */
export type Load = {
  /** Requests that were sent and not answered yet. */
  readonly outstanding: () => number
  /** Asks again for what the last service left unanswered, looks after what it had promised, then goes on with new work. */
  readonly run: (service: Service, onAnswer: () => void) => Promise<void>
  /** Everything unanswered is asked for once more, and every decision read. */
  readonly finish: (service: Service) => Promise<void>
  /** Every plan that is not done is read, and what waits in it approved. */
  readonly finishPlans: (service: Service) => Promise<void>
}

/** How many new proposals, and other acts, each service gets. */
const PROPOSALS = 3
const ACTS = 5
const ROUNDS = 3

/** The decision has moved on, so the write came too late and was not recorded. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'already_decided',
  'timed_out',
  'not_approved',
  'execution_final',
  'clarification_closed',
  'clarification_unknown',
])

type Send = {
  readonly path: string
  readonly body: Reply['body']
  readonly written: Written
}

export function createLoad(scene: Scene, ledger: Ledger, random: Seeded): Load {
  const { workspace } = scene
  const { proposals, writes, presses } = ledger
  /** What every agent sends again until it is answered. */
  const unanswered = new Map<string, Send>()
  const unread = new Set<Proposed>()
  const unchecked = new Set<Pressed>()
  const plans = createPlanLoad(scene, ledger, random, { answered, clicked })
  let outstanding = 0

  return {
    outstanding: () => outstanding,
    run: async (service, onAnswer) => {
      const turn = { service, onAnswer, over: false }
      await catchUp(turn)
      await Promise.all([agents(turn), people(turn), plans.run(turn)])
    },
    finish: async (service) => {
      for (const proposed of proposals) unread.add(proposed)
      await catchUp({ service, onAnswer: () => undefined, over: false })
    },
    finishPlans: (service) => plans.finish({ service, onAnswer: () => undefined, over: false }),
  }

  async function outcome<Answer>(turn: Turn, asked: Promise<Answer>, isAnswer: (answer: Answer) => boolean) {
    outstanding += 1
    const answer = await asked.catch(() => null)
    outstanding -= 1
    turn.onAnswer()
    if (answer !== null && isAnswer(answer)) return answer
    turn.over = true // The service is dead or about to stop: nobody knows whether it was recorded.
    return null
  }

  function answered(turn: Turn, asked: Promise<Reply>): Promise<Reply | null> {
    return outcome(turn, asked, ({ status }) => status !== 503)
  }

  function clicked(turn: Turn, asked: Promise<Delivery>): Promise<Delivery | null> {
    return outcome(turn, asked, ({ status }) => status === 200)
  }

  async function catchUp(turn: Turn): Promise<void> {
    const missing = proposals.filter(({ latest }) => latest === null)
    await Promise.all([
      ...missing.map((proposed) => propose(turn, proposed)),
      ...[...unanswered.values()].map((send) => write(turn, send)),
      ...[...unread].map((proposed) => read(turn, proposed)),
      plans.catchUp(turn),
    ])
  }

  async function agents(turn: Turn): Promise<void> {
    const lane = async () => {
      for (let n = 0; n < (PROPOSALS + ACTS) / 2 && !turn.over; n += 1) {
        if (random.below(PROPOSALS + ACTS) < PROPOSALS) await propose(turn, newProposal())
        else await actAgain(turn)
      }
    }
    await Promise.all([lane(), lane()])
  }

  function newProposal(): Proposed {
    const desk = DESKS[proposals.length % DESKS.length]
    if (desk === undefined) throw new Error('there is no desk')
    const key = `order-${proposals.length}`
    const small = random.happens(0.4)
    const body = refund(key, {
      action: desk.action,
      parameters: {
        order_id: key,
        customer_id: `c-${random.below(3)}`,
        amount_usd: small ? 1 + random.below(SMALL_USD - 1) : SMALL_USD + random.below(100),
      },
      ...(random.happens(0.3) ? { expires_in_seconds: 1 } : {}),
    })
    const proposed: Proposed = { key, desk, body, versions: new Map(), latest: null }
    proposals.push(proposed)
    return proposed
  }

  async function propose(turn: Turn, proposed: Proposed): Promise<void> {
    const { key, body, latest } = proposed
    const reply = await answered(turn, turn.service.call('POST', '/v1/decisions', { key, body }))
    if (reply === null) return
    if (reply.status !== 201) throw unexpected(reply)
    saw(proposed, reply.body, latest)
    unread.add(proposed)
  }

  async function read(turn: Turn, proposed: Proposed): Promise<void> {
    const { latest } = proposed
    if (latest === null) return
    const promised = [...unchecked].filter((pressed) => pressed.proposed === proposed)
    const reply = await answered(turn, turn.service.call('GET', `/v1/decisions/${String(latest['id'])}`))
    if (reply === null) return
    if (reply.status !== 200) throw unexpected(reply)
    saw(proposed, reply.body, latest)
    unread.delete(proposed)
    for (const pressed of promised) {
      unchecked.delete(pressed)
      const changed = writes.some((each) => each.proposed === proposed && each.type === 'clarification.answered')
      if (!changed) expectDecided(pressed, reply.body['status'], pressed.revision)
    }
  }

  /** Something about a proposal that was made before. */
  async function actAgain(turn: Turn): Promise<void> {
    const proposed = random.pick(proposals.slice(-40).filter(({ latest }) => latest !== null))
    const latest = proposed?.latest
    if (proposed === null || latest === null || latest === undefined) return
    if (random.happens(0.15)) return propose(turn, proposed)
    const mark = newMark(ledger)
    const send = (path: string, type: Written['type'], body: Reply['body'], content: Written['content']) => {
      const written: Written = { proposed, mark, type, content, fate: 'unknown' }
      const sent = { path: `/v1/decisions/${String(latest['id'])}/${path}`, body, written }
      writes.push(written)
      unanswered.set(mark, sent)
      return write(turn, sent)
    }
    switch (latest['status']) {
      case 'clarifying': {
        const { id: clarification_id } = Object(latest['clarification'])
        const { parameters: before } = Object(proposed.body)
        const parameters = { ...before, amount_usd: SMALL_USD + random.below(100) }
        const answer = { clarification_id, answer: mark, ...(random.happens(0.5) ? { parameters } : {}) }
        return send('answer', 'clarification.answered', answer, {
          payload: { clarification: clarification_id },
          sealed: { answer: mark, parameters: 'parameters' in answer ? parameters : null },
        })
      }
      case 'pending':
        if (random.happens(0.5)) return read(turn, proposed)
        return send('withdraw', 'decision.withdrawn', { reason: mark }, { sealed: { reason: mark } })
      case 'approved':
      case 'auto_approved': {
        const { state } = Object(latest['execution'])
        if (state === 'not_started' || state === 'started') {
          const next = state === 'started' ? 'succeeded' : 'started'
          const report = { state: next, result: { ref: mark } }
          return send('execution', 'execution.reported', report, {
            payload: { state: next },
            sealed: { result: { ref: mark } },
          })
        }
      }
    }
    const outcome = { correct: random.happens(0.5), source: 'downstream', ref: mark }
    return send('outcome', 'outcome.recorded', outcome, { payload: outcome })
  }

  async function write(turn: Turn, { path, body, written }: Send): Promise<void> {
    const { proposed, mark } = written
    const before = proposed.latest
    unread.add(proposed)
    const reply = await answered(turn, turn.service.call('POST', path, { key: mark, body }))
    if (reply === null) return
    if (reply.status !== 200 && !REFUSALS.has(reply.body['code'])) throw unexpected(reply)
    unanswered.delete(mark)
    written.fate = reply.status === 200 ? 'recorded' : 'refused'
    if (reply.status === 200) saw(proposed, reply.body, before)
  }

  /** Two people, always at the same card at the same time. */
  async function people(turn: Turn): Promise<void> {
    for (let round = 0; round < ROUNDS && !turn.over; round += 1) {
      const found = random.pick(openCards())
      await Promise.all([ANA, BEN].map((user) => act(turn, user, found)))
    }
  }

  type Found = { readonly proposed: Proposed; readonly card: Message }

  /** Of those whose clicks are still to be looked after none: another click would hide that the first was lost. */
  function openCards(): readonly Found[] {
    const watched = new Set([...unchecked].map(({ proposed }) => proposed))
    return proposals
      .slice(-40)
      .filter((proposed) => isOpen(proposed.latest) && !watched.has(proposed))
      .flatMap((proposed) => {
        const id = proposed.latest?.['id']
        const card = workspace
          .messages(proposed.desk.channel)
          .find(
            ({ metadata }) => metadata?.event_payload['subject'] === id && metadata?.event_payload['slot'] === 'card',
          )
        return card !== undefined && isOpenCard(card) ? [{ proposed, card }] : []
      })
  }

  async function act(turn: Turn, user: string, found: Found | null): Promise<void> {
    if (workspace.view(user) !== undefined) return submit(turn, user)
    if (found === null) return
    const shown = JSON.stringify(found.card.blocks)
    const wanted = random.happens(0.5) ? ACTIONS.approve : random.happens(0.5) ? ACTIONS.deny : ACTIONS.clarify
    const actionId = shown.includes(`"${wanted}"`) ? wanted : ACTIONS.approve
    const { proposed, card } = found
    const clicking = () => workspace.click(user, { channel: proposed.desk.channel, ts: card.ts, actionId })
    unread.add(proposed)
    if (actionId !== ACTIONS.approve) return void (await clicked(turn, clicking()))
    const revision = Number(/revision\\":(\d+)/.exec(shown)?.[1])
    const pressed: Pressed = { proposed, user, revision, answered: false }
    presses.push(pressed)
    const answer = await clicked(turn, clicking())
    if (answer === null) return
    pressed.answered = true
    unchecked.add(pressed)
  }

  /** Fills in the window that opened after an earlier click; a new text each time it is tried. */
  async function submit(turn: Turn, user: string): Promise<void> {
    const view = workspace.view(user)
    if (view === undefined) return
    const { decision } = Object(JSON.parse(view.private_metadata || '{}'))
    const proposed = proposals.find(({ latest }) => latest?.['id'] === decision)
    const asks = view.callback_id === CALLBACKS.clarify
    if (proposed === undefined || (!asks && view.callback_id !== CALLBACKS.deny)) {
      await workspace.closeView(user)
      return
    }
    const mark = newMark(ledger)
    const input = asks ? INPUTS.question : INPUTS.reason
    const written: Written = {
      proposed,
      mark,
      type: asks ? 'clarification.requested' : 'decision.denied',
      content: { sealed: asks ? { question: mark } : { reason: mark } },
      fate: 'unknown',
    }
    writes.push(written)
    unread.add(proposed)
    const answer = await clicked(turn, workspace.submitView(user, { [input]: { [input]: mark } }))
    if (answer === null) return
    written.fate = answer.body === '' ? 'recorded' : 'refused'
  }
}

function unexpected({ status, body }: Reply): Error {
  return new Error(`an answer that nobody expects: ${status} ${JSON.stringify(body)}`)
}
