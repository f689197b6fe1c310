import type { Profiler } from 'node:inspector'

/** What a piece of the program is for. The first that fits a stack, from its innermost frame outwards, gets the sample. */
const AREAS: readonly (readonly [area: string, frame: RegExp])[] = [
  ['hash chain', /\/src\/domain\/audit\.js/],
  ['digest', /parametersDigest .*\/src\/domain\/digest\.js/],
  ['idempotency fingerprint', /\/src\/http\/idempotency-key\.js/],
  ['route', /\/src\/(?:domain\/(?:route|limits|rule)|policy\/rule-check)\.js/],
  ['SQL', /\/src\/store\/|better-sqlite3/],
  ['API key', /\/src\/(?:http\/auth|app\/api-key)\.js/],
  ['parse', /\/src\/http\/(?:body|json)\.js/],
  [
    'validate',
    /\/src\/(?:http\/(?:field-faults|callback-url)|protocol\/|policy\/schema-check)|node_modules\/(?:zod|ajv)\//,
  ],
  ['reply', /\/src\/http\/(?:answer|decision-json|cursor)\.js/],
  ['log', /node_modules\/(?:pino|@pinojs|sonic-boom|thread-stream)\/|\/src\/log\.js/],
  ['metrics', /\/src\/(?:http\/http-metrics|metrics)\.js|node_modules\/prom-client\//],
  ['event, state and ids', /\/src\/(?:domain|app)\//],
  ['HTTP edge', /\/src\/(?:http|slack|compose)/],
  [
    'Fastify',
    /node_modules\/(?:fastify|find-my-way|avvio|light-my-request|fast-content-type-parse|secure-json-parse)\//,
  ],
  ['garbage collection', /\(garbage collector\)/],
  ['idle', /\(idle\)/],
]

export type Share = { readonly area: string; readonly us: number }

/** The profile's time by area, in µs; what fits none is Node's own: sockets, HTTP parser, event loop. */
export function byArea(profile: Profiler.Profile): readonly Share[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const areas = new Map<number, string>()
  const areaOf = (leaf: number): string => {
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const frame = nodes.get(id)?.callFrame
      if (frame === undefined) continue
      const place = `${frame.functionName} ${frame.url}`
      const found = AREAS.find(([, pattern]) => pattern.test(place))
      if (found !== undefined) return found[0]
    }
    return 'Node: sockets, HTTP, event loop'
  }
  const sums = new Map<string, number>()
  profile.samples?.forEach((id, index) => {
    const area = areas.get(id) ?? areaOf(id)
    areas.set(id, area)
    sums.set(area, (sums.get(area) ?? 0) + (profile.timeDeltas?.[index] ?? 0))
  })
  return [...sums].map(([area, us]) => ({ area, us })).toSorted((a, b) => b.us - a.us)
}
