import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { App } from '../app/app.ts'
import { type Asked, openAnswerLink } from '../domain/answer-link.ts'
import { linkedAnswer } from '../protocol/decision-report.ts'
import { invalidFields, rejected } from './agent-api.ts'
import { type Answer, json, refuse, send } from './answer.ts'
import { attemptWrite } from './attempt.ts'
import { check } from './field-faults.ts'

type Ports = { readonly app: Pick<App, 'answerByLink'>; readonly answerKey: Uint8Array; readonly log: Logger }

type Route = { readonly Params: { readonly link: string } }

const FOREIGN = refuse(
  'clarification_unknown',
  'This link answers no question. Send the answer to the whole `answer_url` that came with the question.',
)

/** `POST /v1/answers/{link}`: who was asked by `clarify.url` answers that one question. The link stands for an API key. */
export function addAnswerLink(server: FastifyInstance, { app, answerKey, log }: Ports): void {
  server.post<Route>('/v1/answers/:link', {
    // Before the body of somebody who was not asked is read.
    onRequest: async (request, reply) =>
      openAnswerLink(answerKey, request.params.link) === null ? send(reply, FOREIGN) : undefined,
    handler: async (request, reply) => {
      const asked = openAnswerLink(answerKey, request.params.link)
      return send(reply, asked === null ? FOREIGN : await answerTo(asked, request.body))
    },
  })

  async function answerTo(asked: Asked, body: unknown): Promise<Answer> {
    const checked = check(linkedAnswer, body)
    if (!checked.ok) return invalidFields(checked.errors)
    const { answer, evidence, parameters = null } = checked.value
    const done = await attemptWrite(log, () => app.answerByLink(asked, { answer, evidence, parameters }))
    if (!done.ok) return done.refusal
    const { value } = done
    switch (value.kind) {
      case 'accepted':
      case 'replayed':
        return json(200, {
          decision_id: asked.decision,
          clarification_id: asked.clarification,
          state: 'answered',
        })
      case 'invalid':
        return invalidFields(value.faults)
      case 'rejected':
        return rejected(value.rejection, value.decision)
      case 'not_found':
      case 'idempotency_mismatch':
        return FOREIGN
    }
  }
}
