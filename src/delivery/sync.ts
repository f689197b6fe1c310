import type { Picture } from '../../blocks/weekly-report.ts'
import type { Clock, OutboxRow, Store } from '../app/ports.ts'
import type { AlertsTold } from '../domain/alert-window.ts'
import type { Checklist } from '../domain/checklist.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { Notice } from '../domain/intent.ts'
import { SECOND } from '../domain/time.ts'
import type { WorkflowRef } from '../domain/workflow-ref.ts'
import { createAlerts } from './alerts.ts'
import type { Ask, Trouble } from './ask.ts'
import { createAudits, type RenderAudit } from './audits.ts'
import { createCards, type RenderCards } from './cards.ts'
import { createCopies, type RenderCopies } from './copies.ts'
import { createHeads } from './heads.ts'
import type { Pictures } from './pictures.ts'
import { channelFor, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, type Step, stuck } from './step.ts'
import { createUnknowns, type RenderUnknown } from './unknowns.ts'

/** How things look; delivery itself knows no block. */
export type Render = RenderCards &
  RenderCopies & {
    readonly notice: (notice: Notice, pictures?: readonly Picture[]) => Message
    readonly alerts: (alerts: AlertsTold) => Message
    readonly checklist: (checklist: Checklist) => Message
    readonly unknown: RenderUnknown
    readonly audit: RenderAudit
  }

/** `#name` or an id, as the manifest says. */
export type Channels = {
  readonly ofDecision: (view: DecisionView) => string
  readonly operations: () => string
  /** What Slack knows it by. A rejection counts as Slack not being reached. */
  readonly resolve: (named: string) => Promise<string>
}

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost' | 'onSameCard' | 'alerts'>
  readonly slack: SlackPort
  readonly ask: Ask
  readonly put: PutMessage
  readonly load: (id: string) => Promise<DecisionView | null>
  readonly loadChecklist: (ref: WorkflowRef) => Promise<Checklist | null>
  readonly render: Render
  readonly pictures: Pictures
  readonly channels: Channels
  readonly clock: Clock
}

/** Until Slack has taken a file in. */
const FILE_WAIT = 5 * SECOND

function isRefusedFor(trouble: Trouble, error: string): boolean {
  return trouble.kind === 'failed' && trouble.failure.kind === 'refused' && trouble.failure.error === error
}

/**
 * Takes the next step for one intent. Repeating it is harmless: it compares what Slack shows with what it should.
 * `lines` false: a step that would be a line in a thread is told instead of taken.
 */
export function createSync(world: World): (row: OutboxRow, lines: boolean) => Promise<Step> {
  const { store, ask, put, load, render, pictures, channels, clock } = world
  const { operations } = channels
  const heads = createHeads({ ...world, render: render.checklist, channel: resolved })
  const syncCard = createCards({ ...world, channelOf: channels.ofDecision, channel: resolved, heads })
  const syncCopies = createCopies(world)
  const tellAlerts = createAlerts({ ...world, render: render.alerts, channel: resolved, operations })
  const askOfUnknowns = createUnknowns({ ...world, render: render.unknown, channel: resolved, operations })
  const askIfRight = createAudits({ ...world, render: render.audit, channel: resolved, channelOf: channels.ofDecision })
  return async ({ intent }, lines) => {
    switch (intent.kind) {
      case 'card.sync':
        return syncCard(intent.decision, lines)
      case 'copies.sync': {
        const view = await load(intent.decision)
        return view === null ? DONE : syncCopies(view)
      }
      case 'workflow.sync':
        return heads.sync({ id: intent.workflow, agent: intent.agent })
      case 'unknown.sync': {
        const view = await load(intent.decision)
        return view === null ? DONE : askOfUnknowns(view)
      }
      case 'audit.sync': {
        const view = await load(intent.decision)
        return view === null ? DONE : askIfRight(view)
      }
      case 'notice.post':
        return postNotice(intent.key, intent.notice)
      case 'alerts.post':
        return tellAlerts(intent.window)
      // Another lane's.
      case 'workflow.advance':
      case 'workflow.halt':
      case 'executor.call':
      case 'webhook.send':
      case 'root.send':
      case 'rollback.call':
      case 'clarify.call':
        return DONE
    }
  }

  async function postNotice(key: string, notice: Notice): Promise<Step> {
    const [post = null] = await store.posts(key)
    if (post?.state === 'posted') return DONE
    const channel = await resolved(channelFor(post, channels.operations()))
    if (typeof channel !== 'string') return stuck(channel, null)
    const place = { subject: key, slot: 'notice', channel, threadTs: null }
    const shown = notice.about === 'weekly_report' ? await pictures.of(key, notice) : []
    const sent = await put(post, place, render.notice(notice, shown), { version: 1, frozen: '' })
    if (sent.ok) return DONE
    const isAboutPictures = shown.length > 0 && isRefusedFor(sent.trouble, 'invalid_blocks')
    if (isAboutPictures && pictures.refused(key)) return stuck({ kind: 'wait', until: clock() + FILE_WAIT }, null)
    return stuck(sent.trouble, null)
  }

  async function resolved(named: string): Promise<string | Trouble> {
    try {
      return await channels.resolve(named)
    } catch {
      ask.unreachable()
      return { kind: 'failed', failure: { kind: 'not_sent' } }
    }
  }
}
