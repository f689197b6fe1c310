/** The Web API: reads a call, checks its token, scopes and pace, and hands it to its method. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { chatMethods } from './chat-methods.ts'
import { isObject, type JsonObject } from './check.ts'
import { conversationMethods } from './conversation-methods.ts'
import type { createFaults, createPace, Fault } from './faults.ts'
import { fileMethods } from './file-methods.ts'
import { botId, botUserId, teamId } from './people.ts'
import { peopleMethods } from './people-methods.ts'
import { type Method, type Reply, readJson, refuse } from './reply.ts'
import type { State } from './state.ts'
import { viewMethods } from './view-methods.ts'

export type WebApiOptions = {
  readonly state: State
  readonly botToken: string
  readonly appToken: string
  readonly scopes: readonly string[]
  readonly faults: ReturnType<typeof createFaults>
  readonly pace: ReturnType<typeof createPace>
  /** `http://127.0.0.1:port`, known once the server listens. */
  readonly base: () => string
  readonly socketUrl: () => string
}

/** Answers `POST /api/<method>`. */
export function createWebApi(options: WebApiOptions) {
  const { state, faults, pace } = options
  const granted = new Set(options.scopes)
  const methods: Readonly<Record<string, Method>> = {
    ...chatMethods,
    ...conversationMethods,
    ...fileMethods,
    ...peopleMethods(granted),
    ...viewMethods,
    'api.test': { scopes: () => [], pace: 1000, run: (args) => ({ ok: true, args }) },
    'auth.test': { scopes: () => [], pace: 1000, run: () => whoAmI(options.base(), state) },
    'apps.connections.open': {
      scopes: () => [],
      pace: 20,
      token: 'app',
      run: () => ({ ok: true, url: options.socketUrl() }),
    },
  }

  const authorize = (name: string, method: Method, token: string | undefined, args: JsonObject): Reply | undefined => {
    if (name === 'api.test') return undefined
    if (token === undefined) return refuse('not_authed')
    const kind = token === options.botToken ? 'bot' : token === options.appToken ? 'app' : undefined
    if (kind === undefined) return refuse('invalid_auth')
    if (kind !== (method.token ?? 'bot')) return refuse('not_allowed_token_type')
    const needed = method.scopes(args, state).filter((scope) => !granted.has(scope))
    if (needed.length === 0) return undefined
    return refuse('missing_scope', { needed: needed.join(','), provided: options.scopes.join(',') })
  }

  return async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, 4_000_000)
    if (body === undefined) return answer(response, 413, refuse('request_too_large'))
    const args = readArguments(request.headers['content-type'] ?? '', body, new URL(request.url ?? '/', options.base()))
    if (args === 'malformed') return answer(response, 200, refuse('invalid_json'))
    const { token: typed, ...given } = args
    state.calls.push({ method: name, at: state.now(), args: readable(given) })
    const fault = faults.next(name)
    if (fault !== undefined && fault.kind !== 'reset_after_accept') return fail(fault, request, response)
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (method === undefined) return answer(response, 200, refuse('unknown_method', { req_method: name }))
    const header = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const refusal = authorize(name, method, header ?? (typeof typed === 'string' ? typed : undefined), given)
    if (refusal !== undefined) return answer(response, 200, refusal)
    const seconds = pace.wait(name, method.pace, given)
    if (seconds !== undefined) return tooMany(response, seconds)
    const reply = method.run(given, state, options.base())
    if (fault !== undefined) return void request.socket.destroy()
    response.setHeader('x-oauth-scopes', options.scopes.join(','))
    response.setHeader('x-accepted-oauth-scopes', method.scopes(given, state).join(','))
    answer(response, 200, reply)
  }
}

/** What goes wrong instead of a call. `reset_after_accept` is not here: the call is carried out first. */
export function fail(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  switch (fault.kind) {
    case 'rate_limited':
      return tooMany(response, fault.retryAfter ?? 1)
    case 'error_500':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error')
      return
    case 'no_answer':
      return
    case 'reset':
    case 'reset_after_accept':
      request.socket.destroy()
      return
    case 'slack_error':
      return answer(response, 200, refuse(fault.error ?? 'internal_error'))
  }
}

function tooMany(response: ServerResponse, seconds: number): void {
  response.setHeader('retry-after', String(seconds))
  answer(response, 429, refuse('ratelimited'))
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

/** The whole body, or undefined when it is longer than `most` bytes. */
export async function readBody(request: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size <= most) chunks.push(chunk)
  }
  return size > most ? undefined : Buffer.concat(chunks).toString('utf8')
}

/** A token counts in a header or a form; Slack ignores one inside a JSON body. */
function readArguments(contentType: string, body: string, url: URL): JsonObject | 'malformed' {
  const query = Object.fromEntries(url.searchParams)
  if (!contentType.includes('application/json')) return { ...query, ...Object.fromEntries(new URLSearchParams(body)) }
  if (body === '') return query
  const read = readJson({ body }, 'body')
  if (read === undefined || read === 'malformed' || !isObject(read.value)) return 'malformed'
  const { token: _token, ...args } = read.value
  return { ...query, ...args }
}

/** Arguments as they are kept for reading later: what a form carried as JSON text is parsed. */
function readable(args: JsonObject): JsonObject {
  const parsed = Object.entries(args).map(([key, value]): readonly [string, unknown] => {
    if (!['blocks', 'attachments', 'metadata', 'view'].includes(key)) return [key, value]
    const read = readJson(args, key)
    return [key, read === undefined || read === 'malformed' ? value : read.value]
  })
  return Object.fromEntries(parsed)
}

function whoAmI(base: string, state: State): Reply {
  return {
    ok: true,
    url: `${base}/`,
    team: 'Local workspace',
    user: state.people.get(botUserId)?.name ?? 'app',
    team_id: teamId,
    user_id: botUserId,
    bot_id: botId,
    is_enterprise_install: false,
  }
}
