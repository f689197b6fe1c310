import type { FastifyInstance } from 'fastify'
import { refuse, send } from './answer.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** The methods of each path, filled as routes are added after this call. */
export function collectRoutes(server: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>()
  server.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    routes.set(url, methods)
  })
  return routes
}

/** Every path answers the methods it does not have with 405 and `Allow`. Call it after the last route. */
export function refuseOtherMethods(server: FastifyInstance, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of routes) {
    const allow = [...methods].join(', ')
    const refusal = refuse('method_not_allowed', `This path takes ${allow}.`, [], { allow })
    server.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      onRequest: async (_request, reply) => send(reply, refusal),
      handler: (_request, reply) => send(reply, refusal),
    })
  }
}
