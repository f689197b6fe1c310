import { z } from 'zod'
import { fields, jsonObject, text } from './field.ts'

/** The body of `POST /v1/grants/consume`. */
export const consumeRequest = fields({
  grant: text(16_384).meta({ description: '`grant` of the decision, unchanged.' }),
  action: text(128).meta({ description: 'What is to be run.' }),
  parameters: jsonObject().meta({ description: 'Exactly what it is to be run with.' }),
}).meta({ id: 'ConsumeRequest', description: 'A grant, and what an executor is about to run by it.' })

const instant = z.string().meta({ format: 'date-time' })

/** What an executor is told: go ahead, this once. */
export const consumeResponse = z
  .object({
    decision_id: z.string(),
    action: z.string(),
    parameters: z.record(z.string(), z.unknown()).meta({ description: 'Run exactly these.' }),
    agent: z.string().meta({ description: 'Who proposed it.' }),
    approved_by: z.array(z.string()).meta({ description: '`slack:TEAM/USER` each, or `policy` alone.' }),
    jti: z.string().meta({ description: 'Names the grant.' }),
    issued_at: instant,
    expires_at: instant,
    consumed_at: instant,
  })
  .meta({ id: 'ConsumedGrant', description: 'The grant is used now: the action may run, once.' })

export type ConsumeResponse = Readonly<z.infer<typeof consumeResponse>>

/** `GET /.well-known/jwks.json`. */
export const jwks = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'JsonWebKeySet', description: 'The public keys of grants (RFC 7517); the first signs new ones.' })
