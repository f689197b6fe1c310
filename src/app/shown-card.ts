import { canonicalJson, type Digest, sha256 } from '../domain/digest.ts'
import type { Click } from './app.ts'
import type { DrawCard, Policies, Store } from './ports.ts'
import { view, viewAt } from './queries.ts'

type ShownCardPorts = {
  readonly store: Pick<Store, 'decision' | 'history' | 'posts' | 'freezes'>
  readonly policies: Policies
  readonly drawCard: DrawCard
}

/**
 * Digest of the approval card that whoever clicks is shown: sha256 over the JCS of its blocks, as they stand in the
 * channel. Direct messages and full views show the same decision in other words; where the channel's card shows other
 * parameters than the person saw, it is drawn as the decision stands.
 * A card is drawn from the events alone, so that anybody who has them can draw it again.
 */
export async function shownCard(ports: ShownCardPorts, { decision: id, revision }: Click): Promise<Digest | null> {
  const now = await view(ports, id)
  if (now === null) return null
  const card = (await ports.store.posts(id)).find(({ slot }) => slot === 'card')
  const current = ports.policies.current()
  const posted = card?.state === 'posted' ? viewAt(now, card.shownVersion, current) : now
  const shown = posted.decision.revision === revision ? posted : now
  const at = shown.history.at(-1)?.at ?? shown.decision.createdAt
  // Nothing frozen is approved, and what was frozen stands in none of its events.
  const blocks = ports.drawCard({ ...shown, frozen: [] }, at)
  return blocks === null ? null : sha256(canonicalJson(blocks))
}
