import { z } from 'zod'

const share = z.number().min(0).max(1)
const interval = z.tuple([share, share])

/** `GET /v1/calibration/{action}`; shares are 0..1, and null where there is nothing to take one of. */
export const calibrationResponse = z.looseObject({
  action: z.string(),
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  auto_approve_confidence: share.describe('The threshold in force.'),
  agent_version: z.string().nullable().describe('Whose decisions these are; null: of agents that sent no version.'),
  decisions: z.int().describe('Labelled or not.'),
  n: z.int().describe('Labels.'),
  accuracy: share.nullable(),
  mean_stated: share.nullable(),
  brier: share.nullable(),
  ece: share.nullable(),
  ece_null_expected: share.nullable().describe('What `ece` would be by chance if every claim were true.'),
  mce: share.nullable(),
  buckets: z.array(
    z.looseObject({
      bucket: z.int(),
      label: z.number(),
      n: z.int(),
      correct: z.int(),
      mean_stated: share,
      accuracy: share,
      gap: z.number(),
      wilson95: interval,
      reported: z.boolean(),
      flagged: z.boolean(),
      alerted: z.boolean(),
    }),
  ),
  threshold: z.looseObject({
    alpha: share,
    delta: share,
    suggested: share.nullable().describe('null: no threshold is; see `labels_needed`.'),
    labels_needed: z.int().nullable(),
  }),
  findings: z.array(z.string()).describe('What the flagged buckets say, in sentences.'),
})
