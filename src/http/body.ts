import type { FastifyInstance } from 'fastify'
import { RefusedError, refuse } from './answer.ts'
import { MAX_BODY_BYTES, parseJson } from './json.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it was sent; null where there is none. */
    bytes: Uint8Array | null
  }
}

const ONLY_JSON = 'Send the body as `Content-Type: application/json`, in UTF-8 and not compressed.'

/** The refusal of every body that is not plain JSON. */
export const UNSUPPORTED = refuse('unsupported_media_type', ONLY_JSON)

export const TOO_LARGE = refuse(
  'body_too_large',
  `The body may have at most ${MAX_BODY_BYTES / 1024} KiB. Put long evidence somewhere else and send its address as \`url\`.`,
)

/** Bodies are read by our own parser, whole, and in no other format. */
export function addBodyParser(server: FastifyInstance): void {
  server.decorateRequest('bytes', null)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8'
    if (charset.toLowerCase() !== 'utf-8') return done(new RefusedError(UNSUPPORTED))
    request.bytes = bytes
    const parsed = parseJson(bytes)
    if (parsed.ok) return done(null, parsed.value)
    return done(new RefusedError(refuse(parsed.code, parsed.detail, parsed.errors)))
  })
}
