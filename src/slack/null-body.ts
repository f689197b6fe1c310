import type { IncomingMessage, ServerResponse } from 'node:http'
import { HTTPModuleFunctions as bolt } from '@slack/bolt'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Refuses a body that is JSON's `null`: Bolt 5.1 reads a field of it outside of every error handler, which would end the
 * process. The body is read here, up to Bolt's own limit of 4 MB, and handed on.
 */
export function refuseNullBodies(next: Listener): Listener {
  return (request, response) => {
    // Bolt compares the whole header, and a charset is no other type.
    const [type = ''] = (request.headers['content-type'] ?? '').split(';')
    request.headers['content-type'] = type.trim().toLowerCase()
    bolt
      .bufferIncomingMessage(request, bolt.defaultBodyLimit)
      .then((buffered) => (isNull(buffered) ? refuse(response, 400) : next(buffered, response)))
      .catch((error: unknown) => refuse(response, bolt.isRawBodyError(error) ? (error.statusCode ?? 400) : 500))
  }
}

function isNull(buffered: Parameters<typeof bolt.parseHTTPRequestBody>[0]): boolean {
  try {
    return bolt.parseHTTPRequestBody(buffered) === null
  } catch {
    return false
  }
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { connection: 'close' }).end()
}
