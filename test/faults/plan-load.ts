import { ACTIONS } from '../../blocks/action-ids.ts'
import type { Delivery, Message } from '../../src/workspace/server.ts'
import { DESKS, LOOK, SMALL_USD } from './desks.ts'
import { type Ledger, type Planned, sawPlan } from './ledger.ts'
import { ANA, BEN, isCardOf, isOpenCard, type Reply, refund, type Scene, type Service } from './scene.ts'
import type { Seeded } from './seeded.ts'

/** The time that one service lives. */
export type Turn = { readonly service: Service; readonly onAnswer: () => void; over: boolean }

/** What asks the service. null: nobody knows whether it was recorded. */
export type Asking = {
  readonly answered: (turn: Turn, asked: Promise<Reply>) => Promise<Reply | null>
  readonly clicked: (turn: Turn, asked: Promise<Delivery>) => Promise<Delivery | null>
}

/** Plans of five steps that Countersign carries out: their agent starts and reads them, people approve the fourth step. */
export type PlanLoad = {
  /** Starts once more what nobody has heard of. */
  readonly catchUp: (turn: Turn) => Promise<void>
  /** Goes on with new plans and old ones. */
  readonly run: (turn: Turn) => Promise<void>
  /** Reads all that are not done, and approves what waits. */
  readonly finish: (turn: Turn) => Promise<void>
}

export function createPlanLoad(
  { workspace }: Scene,
  { plans }: Ledger,
  random: Seeded,
  { answered, clicked }: Asking,
): PlanLoad {
  const isDone = ({ latest }: Planned) => latest?.['status'] === 'completed'
  const isWaiting = ({ latest }: Planned) => latest?.['status'] === 'awaiting_approval'

  return {
    catchUp: async (turn) => {
      await Promise.all(plans.filter(({ latest }) => latest === null).map((planned) => start(turn, planned)))
    },
    run: async (turn) => {
      if (random.happens(0.6)) await start(turn, newPlan())
      const onTheWay = plans.filter((planned) => !isDone(planned) && !isWaiting(planned))
      for (const planned of onTheWay.slice(0, 3)) if (!turn.over) await read(turn, planned)
      for (const planned of plans.filter(isWaiting).slice(0, 2))
        if (!turn.over) await approve(turn, planned, random.happens(0.5) ? [ANA] : [ANA, BEN])
    },
    finish: async (turn) => {
      await Promise.all(plans.filter((planned) => !isDone(planned)).map((planned) => read(turn, planned)))
      for (const planned of plans.filter(isWaiting)) await approve(turn, planned, [BEN])
    },
  }

  function newPlan(): Planned {
    const key = `plan-${plans.length}`
    const desk = DESKS[(plans.length * 5) % DESKS.length]
    if (desk === undefined) throw new Error('there is no desk')
    const look = (n: number) => refund(key, { action: LOOK, parameters: { order_id: key, n }, confidence: 0.95 })
    const parameters = { order_id: key, customer_id: 'c-plan', amount_usd: SMALL_USD + random.below(100) }
    const steps = [look(0), look(1), look(2), refund(key, { action: desk.action, parameters }), look(4)]
    const planned: Planned = { key, desk, body: { steps, context: { order: key } }, latest: null, approved: null }
    plans.push(planned)
    return planned
  }

  async function start(turn: Turn, planned: Planned): Promise<void> {
    const { key, body } = planned
    const reply = await answered(turn, turn.service.call('POST', '/v1/workflows', { key, body }))
    if (reply === null) return
    if (reply.status !== 201) throw new Error(`a plan was answered with ${reply.status} ${JSON.stringify(reply.body)}`)
    sawPlan(planned, reply.body, null)
  }

  async function read(turn: Turn, planned: Planned): Promise<void> {
    const { latest, approved } = planned
    if (latest === null) return start(turn, planned)
    const reply = await answered(turn, turn.service.call('GET', `/v1/workflows/${String(latest['id'])}`))
    if (reply === null) return
    if (reply.status !== 200) throw new Error(`${planned.key} is gone: ${reply.status}`)
    sawPlan(planned, reply.body, { latest, approved })
  }

  async function approve(turn: Turn, planned: Planned, users: readonly string[]): Promise<void> {
    const id = String(planned.latest?.['approval_request_id'])
    const card = cardOf(planned, id)
    if (card === null || !isOpenCard(card)) return
    const target = { channel: planned.desk.channel, ts: card.ts, actionId: ACTIONS.approve }
    const answers = await Promise.all(users.map((user) => clicked(turn, workspace.click(user, target))))
    if (answers.some((answer) => answer !== null)) {
      planned.approved = id
      await read(turn, planned)
    }
  }

  function cardOf({ desk }: Planned, id: string): Message | null {
    return workspace.messages(desk.channel).find((message) => isCardOf(message, id)) ?? null
  }
}
