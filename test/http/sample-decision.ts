import type { WorkflowView } from '../../src/app/app.ts'
import type {
  Approved,
  AutoApproved,
  Clarifying,
  Denied,
  Grant,
  Pending,
  Withdrawn,
} from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'

export const T0 = Date.UTC(2026, 10, 22, 9, 0, 0)
export const ID = `dec_${'0'.repeat(25)}1`
export const OTHER_ID = `dec_${'0'.repeat(25)}2`

export const request = {
  action: 'process_refund',
  parameters: { order_id: 'A-1', amount_usd: 120 },
  confidence: 0.82,
  confidence_basis: 'matched order and policy 4.2',
  uncertainty_factors: ['customer has two open orders'],
  recommended_review: false,
}

const proposal: Proposal = {
  ...request,
  urgency: 'normal',
  workflow: { id: 'wf-77', step_index: 3, completed_steps: [{ action: 'query_crm' }], context: {} },
  checkpoint: { at: 4 },
}

const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'

const common = {
  id: ID,
  version: 1,
  revision: 0,
  agent: 'billing-bot',
  manifestDigest: `sha256:${'a'.repeat(64)}`,
  createdAt: T0,
  proposal,
  parameters: proposal.parameters,
  nonce,
  parametersDigest: parametersDigest(nonce, proposal.action, proposal.parameters),
  addedEvidence: [],
  route: 'human_review' as const,
  oversight: 'in_the_loop' as const,
  reasons: [{ code: 'confidence_below_auto_approve', message: 'confidence 0.82 is below 0.97' }],
  urgency: 'normal' as const,
  clarification: null,
  pausedMs: 0,
  approvals: [],
  execution: { state: 'not_started' as const },
  rollback: null,
  outcomes: [],
  run: null,
}

const assignment = {
  role: 'support_lead',
  level: 0,
  reviewers: ['U012'],
  startedAt: T0,
  tried: [{ user: 'U012', level: 0 }],
  nudgesAt: [],
  exhausted: false,
  everybody: false,
}
const question = {
  id: `clr_${'0'.repeat(26)}`,
  question: 'Which order?',
  askedBy: 'U012',
  askedAt: T0 + 1_000,
  until: T0 + 9_000,
}

export const pending: Pending = {
  ...common,
  status: 'pending',
  assignment,
  clocks: { deadline: T0 + 300_000, expiresAt: T0 + 900_000 },
}

export const clarifying: Clarifying = {
  ...common,
  status: 'clarifying',
  version: 2,
  assignment,
  clocksLeft: { deadline: 299_000, expiry: 899_000 },
  clarification: { ...question, state: 'open' },
}

export const approved: Approved = {
  ...common,
  status: 'approved',
  version: 3,
  approvals: [
    { user: 'U012', at: T0 + 5_000, note: 'looks right' },
    { user: 'U013', at: T0 + 6_000, note: null },
  ],
  decidedAt: T0 + 6_000,
  clarification: { ...question, state: 'answered', answer: 'A-1', answeredAt: T0 + 2_000 },
  execution: { state: 'succeeded', at: T0 + 7_000, result: { refund: 'r1' } },
}

export const denied: Denied = {
  ...common,
  status: 'denied',
  version: 2,
  decidedAt: T0 + 5_000,
  by: 'U012',
  reason: 'wrong customer',
  clarification: { ...question, state: 'moot' },
}

export const withdrawn: Withdrawn = {
  ...common,
  status: 'withdrawn',
  version: 2,
  decidedAt: T0 + 5_000,
  reason: 'not needed',
}

export const autoApproved: AutoApproved = {
  ...common,
  status: 'auto_approved',
  route: 'auto_approve',
  oversight: 'autonomous',
  decidedAt: T0,
}

/** A plan of one step, which waits. */
export const plan: WorkflowView = {
  workflow: {
    stage: 'open',
    id: 'wf-1',
    version: 1,
    agent: 'billing-bot',
    apiKey: 'key_1',
    name: 'Refund order A-1',
    steps: [pending.proposal],
    context: {},
    callbackUrl: null,
    requestedBy: null,
    manifestDigest: pending.manifestDigest,
    createdAt: pending.createdAt,
    updatedAt: pending.createdAt,
    completed: [],
    decision: pending.id,
    suspension: null,
  },
  decision: pending,
  slack: null,
}

/** Whose grant was used two seconds after it was issued. */
export const granted: AutoApproved & { readonly grant: Grant } = {
  ...autoApproved,
  version: 3,
  grant: {
    id: `grt_${'0'.repeat(26)}`,
    issuer: 'https://countersign.example.com',
    kid: 'k1',
    issuedAt: T0,
    expiresAt: T0 + 900_000,
    by: ['policy'],
    card: null,
    consumedAt: T0 + 2_000,
  },
}
