import type { View } from '@slack/types'
import { messageModal } from '../../blocks/message-modal.ts'
import type { Changed } from '../app/app.ts'
import { explain, NOT_RECORDED, UNKNOWN_DECISION } from './refusal.ts'

/** How Slack is answered when a modal is submitted. */
export type ModalAnswer =
  | { readonly kind: 'close' }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'update'; readonly view: View }

/** What a modal is answered whose act was recorded, or was not. */
export function answerTo(result: Changed): ModalAnswer {
  switch (result.kind) {
    case 'accepted':
    case 'replayed':
      return { kind: 'close' }
    case 'not_found':
      return { kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) }
    case 'rejected':
      return { kind: 'update', view: messageModal('Not recorded', explain(result.rejection)) }
    case 'invalid':
    case 'idempotency_mismatch':
      return { kind: 'update', view: messageModal('Not recorded', NOT_RECORDED) }
  }
}
