import { pino } from 'pino'
import { createSlackClient } from '../../src/delivery/slack.ts'
import { createChannels } from '../../src/slack/channels.ts'
import { createIdentity } from '../../src/slack/identity.ts'
import { createReviewers } from '../../src/slack/reviewers.ts'
import { startWorkspace, type WorkspaceOptions } from '../../src/workspace/server.ts'

export const ANA = 'U0ANA00001'
export const BEN = 'U0BEN00001'
export const CAROL = 'U0CAROL001'
export const DANA = 'U0DANA0001'

/** A local workspace, and what Countersign knows of its people, on a clock that only tests turn. */
export async function openReviewers(options: Partial<WorkspaceOptions> = {}) {
  const clock = { now: 1_800_000_000_000 }
  const workspace = await startWorkspace({ port: 0, now: () => clock.now, signedAt: Date.now, ...options })
  const logged: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  const client = createSlackClient({ token: workspace.botToken, apiUrl: workspace.apiUrl, log })
  const channels = createChannels(client, () => clock.now, log)
  const identity = createIdentity(client, log)
  const reviewers = createReviewers({ client, channels, identity, clock: () => clock.now, log })
  return {
    workspace,
    client,
    clock,
    log,
    logged,
    reviewers,
    /** How often Slack was asked this. */
    asked: (method: string): number => workspace.calls().filter((call) => call.method === method).length,
    close: () => workspace.close(),
  }
}

export type OpenReviewers = Awaited<ReturnType<typeof openReviewers>>
