import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { App } from '../app/app.ts'
import type { Clock } from '../app/ports.ts'
import { openLink } from '../domain/context-link.ts'
import type { Context } from '../domain/decision-context.ts'
import type { Instant } from '../domain/time.ts'
import { type Answer, send } from './answer.ts'

/** How pages are drawn, and whose links open them. */
export type ContextPages = {
  /** For `openLink`. */
  readonly key: Uint8Array
  /** The Slack workspace whose people links are for; null: Slack does not say just now. */
  readonly team: () => Promise<string | null>
  /** @param until when the reader's link ends */
  readonly page: (context: Context, until: Instant) => string
  readonly refusal: (title: string, words: readonly string[]) => string
  /** All that stands in the `<style>` of both. */
  readonly style: string
}

type Ports = {
  readonly app: Pick<App, 'contextFor'>
  readonly pages: ContextPages
  readonly clock: Clock
  readonly log: Logger
}

const WHERE = 'Press Full context on its card in Slack: the link there is yours, and good for an hour.'

/**
 * `/d/{id}?k=...`: a decision for the person whose signed link this is, and only as long as they may see it. No API key
 * opens it, and nothing on it decides.
 */
export function addContextPage(server: FastifyInstance, { app, pages, clock, log }: Ports): void {
  const answer = pageAnswers(pages)
  const foreign = answer(403, pages.refusal('This page is opened from Slack', [WHERE]))
  const expired = answer(410, pages.refusal('This link has expired', [WHERE]))
  const hidden = answer(
    403,
    pages.refusal('There is nothing here that you may read', [
      'Full context is for those who could decide a request, decided it, or asked for it, as full members of the workspace.',
      'If that should be you, ask whoever keeps the manifest of Countersign.',
    ]),
  )
  const unknown = answer(
    503,
    pages.refusal('This cannot be shown just now', [
      'Countersign could not read its database, or Slack could not say who you are. Please try again in a minute.',
    ]),
  )

  server.get<{ Params: { readonly id: string }; Querystring: { readonly k?: unknown } }>(
    '/d/:id',
    async (request, reply) => {
      const { id } = request.params
      const { k } = request.query
      const link = openLink(pages.key, id, typeof k === 'string' ? k : '', clock())
      if (link.kind === 'foreign') return send(reply, foreign)
      if (link.kind === 'expired') return send(reply, expired)
      const { user, team, expiresAt } = link.holder
      try {
        const ours = await pages.team()
        if (ours === null) return send(reply, unknown)
        if (ours !== team) return send(reply, foreign)
        const context = await app.contextFor(user, id)
        log.info({ decision: id, user, shown: context !== null }, 'The page of a decision was opened')
        return send(reply, context === null ? hidden : answer(200, pages.page(context, expiresAt)))
      } catch (error) {
        log.error({ err: error, request_id: request.id }, 'The page of a decision could not be shown')
        return send(reply, unknown)
      }
    },
  )
}

/** Only our own style may be applied; nothing may run, be loaded, be sent, or frame it. */
function pageAnswers({ style }: ContextPages): (status: number, text: string) => Answer {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  const headers = { 'content-security-policy': policy, 'x-frame-options': 'DENY', 'x-robots-tag': 'noindex' }
  return (status, text) => ({ kind: 'page', status, html: text, headers })
}
