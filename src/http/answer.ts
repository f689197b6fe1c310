import type { FastifyReply } from 'fastify'
import { type FieldError, type Problem, type ProblemCode, problems, problemType } from '../protocol/problem.ts'

type Headers = Readonly<Record<string, string>>

/** What a request is answered with. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers: Headers }
  | { readonly kind: 'text'; readonly type: string; readonly body: string }
  | { readonly kind: 'page'; readonly status: number; readonly html: string; readonly headers: Headers }
  | Refusal

/** An answer that says why nothing was done; its status and title belong to its code. */
export type Refusal = {
  readonly kind: 'refusal'
  readonly code: ProblemCode
  readonly detail: string
  readonly errors: readonly FieldError[]
  readonly headers: Headers
  /** Where to read on; absent: nowhere. */
  readonly links?: NonNullable<Problem['links']>
}

export function json(status: number, body: unknown, headers: Headers = {}): Answer {
  return { kind: 'json', status, body, headers }
}

/** @param detail whole sentences: what was wrong, what is allowed, what to do; never what was sent */
export function refuse(
  code: ProblemCode,
  detail: string,
  errors: readonly FieldError[] = [],
  headers: Headers = {},
): Refusal {
  return { kind: 'refusal', code, detail, errors, headers }
}

/** The RFC 9457 body of a refusal. @param requestId a UUID */
export function problemBody({ code, detail, errors, links }: Refusal, requestId: string): Problem {
  const { status, title } = problems[code]
  const instance = `urn:uuid:${requestId}`
  return {
    type: problemType(code),
    title,
    status,
    detail,
    instance,
    code,
    errors: [...errors],
    ...(links && { links }),
  }
}

// The API is for programs: nothing it sends may be cached, framed, sniffed into a page or lead anywhere.
export const PROTECTION = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.headers({ ...PROTECTION, 'x-request-id': reply.request.id })
  switch (answer.kind) {
    case 'json':
      return reply
        .code(answer.status)
        .headers(answer.headers)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(answer.body))
    case 'text':
      return reply.type(answer.type).send(answer.body)
    case 'page':
      return reply.code(answer.status).headers(answer.headers).type('text/html; charset=utf-8').send(answer.html)
    case 'refusal':
      return reply
        .code(problems[answer.code].status)
        .headers(answer.headers)
        .type('application/problem+json; charset=utf-8')
        .send(JSON.stringify(problemBody(answer, reply.request.id)))
  }
}

/** Carries a refusal through places of Fastify that know only errors. */
export class RefusedError extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}
