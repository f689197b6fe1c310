import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Json } from './house.ts'

/** A request as it reached the executor. */
export type Asked = { readonly key: string; readonly body: Json }

/** Another system that carries out actions; a test says how it behaves. */
export type Executor = {
  readonly url: string
  /** All requests of one workflow so far. */
  readonly asked: (workflow: string) => readonly Asked[]
  /** How it answers the action of this name from now on. */
  readonly behave: (action: string, answer: Behaviour) => void
  readonly close: () => void
}

/** @param tries how often this key came before */
export type Behaviour = (response: ServerResponse, asked: Asked, tries: number) => unknown

/** Done at once, with the key as its result. */
export const done: Behaviour = (response, { key }) => response.end(JSON.stringify({ done: key }))

export async function openExecutor(): Promise<Executor> {
  const asked: Asked[] = []
  const behaviours = new Map<string, Behaviour>()
  const server = createServer((request, response) => {
    void jsonOf(request).then((body) => {
      const one = { key: String(request.headers['idempotency-key']), body }
      const tries = asked.filter(({ key }) => key === one.key).length
      asked.push(one)
      const behave = behaviours.get(String(body['action'])) ?? done
      behave(response, one, tries)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/execute`,
    asked: (workflow) => asked.filter(({ body }) => body['workflow_id'] === workflow),
    behave: (action, answer) => behaviours.set(action, answer),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function jsonOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
