import type { Intent } from '../domain/intent.ts'
import type { Manifest } from '../domain/manifest.ts'
import { evidenceRunOut } from '../domain/oversight-evidence.ts'
import { toDay } from '../domain/time.ts'
import type { Clock, Policies, Store } from './ports.ts'

type WatchPorts = {
  readonly store: Pick<Store, 'addIntents'>
  readonly policies: Pick<Policies, 'current'>
  readonly clock: Clock
  /** Tells the operator in the log. */
  readonly warn: (sentence: string) => void
  /** The outbox has something for the delivery worker. */
  readonly wake: () => void
}

/**
 * Looks for evidence that has run out: `route` asks people from that day on, and here they are told why. The log is told
 * once in the life of the process, the operations channel once ever.
 */
export function createEvidenceWatch({ store, policies, clock, warn, wake }: WatchPorts): () => Promise<void> {
  const told = new Set<string>()
  return async () => {
    const now = clock()
    const news = runOut(policies.current(), toDay(now)).filter(({ key }) => !told.has(key))
    if (news.length === 0) return
    await store.addIntents(news, now)
    for (const { key, notice } of news) {
      told.add(key)
      warn(`${notice.action} needs approval from now on: ${notice.why}`)
    }
    wake()
  }
}

type RunOut = Intent & { readonly kind: 'notice.post'; readonly notice: { readonly about: 'evidence_run_out' } }

function runOut({ actions }: Manifest, today: string): readonly RunOut[] {
  return Object.values(actions).flatMap((action) => {
    if (action.approval_required) return []
    return evidenceRunOut(action, today).map(({ key, message: why }): RunOut => {
      const path = `actions.${action.name}.${key}`
      // The words hold the date, so that evidence which was renewed can run out again.
      const notice = { about: 'evidence_run_out', action: action.name, path, why } as const
      return { kind: 'notice.post', key: `evidence_run_out ${action.name} ${why}`, notice }
    })
  })
}
