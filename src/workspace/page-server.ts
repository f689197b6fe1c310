/** Serves the page, its data, and its live updates; only requests from the page itself may act. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Acts, EnteredValues } from './acts.ts'
import { isObject, type JsonObject, objectOf, wordOf } from './check.ts'
import type { Entered } from './entries.ts'
import { readString } from './reply.ts'
import { snapshot } from './snapshot.ts'
import type { State } from './state.ts'
import { answer, readBody } from './web-api.ts'

const security = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

const kinds: Readonly<Record<string, string>> = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
}

const shell = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local workspace (not Slack)</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/page.css">
</head>
<body>
<div id="page"><p>Local workspace: this is not Slack. If nothing appears, run <code>npm run build</code> once.</p></div>
<script type="module" src="/page/page.js"></script>
</body>
</html>
`

/** @param commands the slash commands that the app has registered, each with its `/` */
export function createPageServer(state: State, acts: Acts, base: () => string, commands: readonly string[]) {
  const live = new Set<ServerResponse>()
  const tell = { scheduled: false }
  // Everything that changes in one turn is one notice.
  state.listeners.add(() => {
    if (tell.scheduled) return
    tell.scheduled = true
    setImmediate(() => {
      tell.scheduled = false
      for (const response of live) response.write('data: changed\n\n')
    })
  })

  const stream = (response: ServerResponse): void => {
    response.writeHead(200, { ...security, 'content-type': 'text/event-stream' })
    response.write('data: hello\n\n')
    live.add(response)
    response.on('close', () => live.delete(response))
  }

  const post = async (path: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Without this any web page in the same browser could approve as anybody.
    if (request.headers.origin !== originOf(request) || !isJson(request))
      return answer(response, 403, { error: 'cross_origin' })
    const body = parse(await readBody(request, 500_000))
    if (body === undefined) return answer(response, 400, { error: 'malformed' })
    try {
      const delivery = await act(path, body)
      if (delivery === undefined) return answer(response, 404, { error: 'unknown_act' })
      answer(response, 200, delivery)
    } catch (error) {
      answer(response, 409, { error: error instanceof Error ? error.message : 'failed' })
    }
  }

  const act = async (path: string, body: JsonObject): Promise<object | undefined> => {
    const word = (key: string): string => readString(body, key) ?? ''
    const userId = word('userId')
    const entered = readEntered(body.entered)
    const blockId = readString(body, 'blockId')
    const target = {
      actionId: word('actionId'),
      ...(blockId === undefined ? {} : { blockId }),
      ...(body.chosen === undefined ? {} : { chosen: readChosen(body.chosen) }),
    }
    switch (path) {
      case 'click':
        return acts.click(userId, { ...target, channel: word('channel'), ts: word('ts') })
      case 'click-in-view':
        return acts.clickInView(userId, target, entered)
      case 'click-in-home':
        return acts.clickInHome(userId, target)
      case 'submit':
        return acts.submitView(userId, entered)
      case 'close':
        return acts.closeView(userId)
      case 'say':
        return acts.say(userId, word('channel'), escapeTyped(word('text')), readString(body, 'thread'))
      case 'command':
        if (!commands.includes(word('command'))) return acts.refuseCommand(userId, word('channel'), word('command'))
        return acts.command(userId, word('channel'), word('command'), escapeTyped(word('text')))
      case 'open-home':
        return acts.openHome(userId)
      case 'open-dm':
        return { channel: state.openIm(userId).id }
      case 'dismiss':
        return dismiss(userId, word('ts'))
      case 'read':
        return read(userId, word('channel'), word('ts'))
      default:
        return undefined
    }
  }

  const read = (userId: string, channel: string, ts: string): object => {
    state.reads.set(`${userId} ${channel}`, ts)
    state.changed()
    return {}
  }

  const dismiss = (userId: string, ts: string): object => {
    const index = state.ephemerals.findIndex((each) => each.ts === ts && each.to === userId)
    if (index >= 0) state.ephemerals.splice(index, 1)
    state.changed()
    return {}
  }

  const get = async (path: string, url: URL, response: ServerResponse): Promise<void> => {
    if (path === '' || path === 'index.html') {
      response.writeHead(200, { ...security, 'content-type': 'text/html; charset=utf-8' }).end(shell)
      return
    }
    if (path === 'state') return answer(response, 200, snapshot(state, url.searchParams.get('as') ?? ''))
    if (path === 'live') return stream(response)
    const picture = state.files.get(/^file\/(\w+)$/.exec(path)?.[1] ?? '')
    if (picture?.completed === true && picture.bytes !== null) {
      response.writeHead(200, { ...security, 'content-type': 'image/png' }).end(picture.bytes)
      return
    }
    const kind = kinds[path]
    const file = kind === undefined ? undefined : await readAsset(path)
    if (kind === undefined || file === undefined) {
      response.writeHead(404, security).end('The page has not been built: run npm run build.')
      return
    }
    response.writeHead(200, { ...security, 'content-type': kind }).end(file)
  }

  return {
    /** Handles `/` and everything under `/page/`. */
    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = new URL(request.url ?? '/', base())
      // A name that somebody else's DNS points here is not ours.
      if (!isOurHost(request)) return answer(response, 403, { error: 'unknown_host' })
      const path = url.pathname.replace(/^\/(page\/)?/, '')
      if (request.method === 'POST') return post(path, request, response)
      if (request.method === 'GET') return get(path, url, response)
      answer(response, 405, { error: 'method_not_allowed' })
    },
    close: (): void => {
      for (const response of live) response.end()
    },
  }
}

function readChosen(value: unknown): Entered {
  if (Array.isArray(value)) return value.map(wordOf)
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

function readEntered(value: unknown): EnteredValues {
  const blocks = Object.entries(objectOf(value)).map(([blockId, actions]) => {
    const entries = Object.entries(objectOf(actions)).map(([actionId, each]) => [actionId, readChosen(each)] as const)
    return [blockId, Object.fromEntries(entries)] as const
  })
  return Object.fromEntries(blocks)
}

/** What is typed is text: only @names become mentions. */
function escapeTyped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host ?? ''}`
}

function isOurHost(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')
}

function isJson(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').startsWith('application/json')
}

function parse(body: string | undefined): JsonObject | undefined {
  try {
    const value = JSON.parse(body ?? '') as unknown
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The built page lies in dist/workspace, seen from the sources and from the build. */
async function readAsset(name: string): Promise<Buffer | undefined> {
  for (const folder of ['../../dist/workspace/', '../../workspace/']) {
    try {
      return await readFile(new URL(`${folder}${name}`, import.meta.url))
    } catch {
      // The other folder may have it.
    }
  }
  return undefined
}
