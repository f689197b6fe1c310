import type { DecisionView } from '../domain/decision-view.ts'
import { canonicalJson, type Digest, sha256 } from '../domain/digest.ts'
import type { Click } from './app.ts'
import type { DrawCard, Policies, Post, Store } from './ports.ts'
import { view, viewAt } from './queries.ts'

type ShownCardPorts = {
  readonly store: Pick<Store, 'decision' | 'history' | 'posts' | 'freezes' | 'onSameCard'>
  readonly policies: Policies
  readonly drawCard: DrawCard
}

type Posted = Post & { readonly state: 'posted' }

/** A decision as its card in the channel shows it; `card`: null while there is none. */
type Shown = { readonly now: DecisionView; readonly onCard: DecisionView; readonly card: Posted | null }

/**
 * Digest of the card that whoever clicks is shown: sha256 over the JCS of its blocks, as they stand in the channel, with the
 * rows of all who share it. Direct messages and full views show the same decision in other words; where the channel's card
 * shows other parameters than the person saw, the decision is drawn as it stands.
 * A card is drawn from the events alone, so that anybody who has them can draw it again.
 */
export async function shownCard(ports: ShownCardPorts, { decision: id, revision }: Click): Promise<Digest | null> {
  const [own] = await shownOf(ports, [id])
  if (own === undefined) return null
  const isOnCard = own.card !== null && own.onCard.decision.revision === revision
  const rows = isOnCard ? await shownOf(ports, await ports.store.onSameCard(id)) : []
  const together = rows.filter(({ card }) => card?.ts === own.card?.ts && card?.channel === own.card?.channel)
  const shown = isOnCard ? together.map(({ onCard }) => onCard) : [own.now]
  // Nothing frozen is approved, and what was frozen stands in none of its events.
  const views = shown.map((each) => ({ ...each, frozen: [] }))
  const blocks = ports.drawCard(views, Math.max(...views.map(lastEventAt)))
  return blocks === null ? null : sha256(canonicalJson(blocks))
}

async function shownOf(ports: ShownCardPorts, ids: readonly string[]): Promise<readonly Shown[]> {
  const current = ports.policies.current()
  const found = await Promise.all(
    ids.map(async (id) => {
      const now = await view(ports, id)
      if (now === null) return []
      const post = (await ports.store.posts(id)).find(({ slot }) => slot === 'card')
      const card = post?.state === 'posted' ? post : null
      return [{ now, card, onCard: card === null ? now : viewAt(now, card.shownVersion, current) }]
    }),
  )
  return found.flat()
}

function lastEventAt({ decision, history }: DecisionView): number {
  return history.at(-1)?.at ?? decision.createdAt
}
