/** Who may import whom: docs/architecture.md has the picture. `from` a folder, `to` all that it may import. */
const OWN = '^(src|blocks)/'

const allowed = {
  domain: {
    from: '^src/domain/',
    own: ['^src/domain/'],
    npm: ['zod', 'safe-stable-stringify', 'luxon', 'date-holidays', 'ipaddr.js'],
    node: ['crypto', 'module'],
  },
  protocol: { from: '^src/protocol/', own: ['^src/protocol/'], npm: ['zod'], node: [] },
  app: { from: '^src/app/', own: ['^src/app/', '^src/domain/', '^src/protocol/'], npm: [], node: ['crypto'] },
  blocks: { from: '^blocks/', own: ['^blocks/', '^src/domain/'], npm: ['@slack/types'], node: [] },
  client: {
    from: '^src/client/',
    own: ['^src/client/', '^src/domain/(grant|digest)\\.ts$'],
    npm: ['jose'],
    node: [],
  },
  grants: {
    from: '^src/grants/',
    own: ['^src/grants/', '^src/client/open-grant\\.ts$', '^src/domain/', '^src/app/ports', '^src/key-files\\.ts$'],
    npm: ['jose', 'zod'],
    node: ['path', 'crypto'],
  },
  policy: {
    from: '^src/policy/',
    own: ['^src/policy/', '^src/domain/', '^src/app/ports'],
    npm: ['@bufbuild/cel', '@bufbuild/re2', 'yaml', 'ajv', 'ajv-formats', 'diff', 'fastest-levenshtein', 'zod'],
    node: ['fs', 'path'],
  },
  store: {
    from: '^src/store/',
    own: ['^src/store/', '^src/domain/', '^src/app/ports'],
    npm: ['better-sqlite3'],
    node: ['fs', 'path', 'url', 'crypto', 'worker_threads'],
  },
  delivery: {
    from: '^src/delivery/',
    own: ['^src/delivery/', '^src/domain/', '^src/app/ports', '^blocks/', '^src/protocol/'],
    npm: ['@slack/web-api', '@slack/types', '@slack/logger', 'pino', 'undici', 'standardwebhooks'],
    node: ['dns', 'net'],
  },
  report: { from: '^src/report/', own: ['^src/report/', '^src/domain/'], npm: ['@resvg/resvg-js'], node: ['url'] },
  slack: {
    from: '^src/slack/',
    own: ['^src/slack/', '^src/app/', '^src/domain/', '^blocks/'],
    npm: [
      '@slack/bolt',
      '@slack/web-api',
      '@slack/types',
      'pino',
      'zod',
      'chrono-node',
      'luxon',
      'fastest-levenshtein',
    ],
    node: ['http'],
  },
  http: {
    from: '^src/http/',
    own: ['^src/http/', '^src/app/', '^src/domain/', '^src/protocol/'],
    npm: ['fastify', 'zod', 'zod-openapi', 'pino', 'prom-client', 'jsonc-parser', 'fastest-levenshtein'],
    node: ['http', 'crypto', 'net', 'url', 'stream', 'events', 'buffer', 'perf_hooks'],
  },
  workspace: {
    from: '^src/workspace/',
    own: ['^src/workspace/'],
    npm: ['ws', '@slack/types', 'react', 'react-dom', 'slack-blocks-to-jsx'],
    node: null,
  },
}

const npmPath = (name) => `^node_modules/(@types/)?${name.replace('/', '/')}(/|$)`

const rules = Object.entries(allowed).flatMap(([folder, { from, own, npm, node }]) => [
  { name: `${folder}-imports`, severity: 'error', from: { path: from }, to: { path: OWN, pathNot: own } },
  {
    name: `${folder}-packages`,
    severity: 'error',
    from: { path: from },
    to: { path: '^node_modules/', pathNot: npm.map(npmPath) },
  },
  ...(node === null
    ? []
    : [
        {
          name: `${folder}-node`,
          severity: 'error',
          from: { path: from },
          to: { dependencyTypes: ['core'], pathNot: node.map((name) => `^(node:)?${name}(/|$)`) },
        },
      ]),
])

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'workspace-from-outside',
      severity: 'error',
      from: { path: OWN, pathNot: ['^src/workspace/', '^src/compose', '^src/cli/'] },
      to: { path: '^src/workspace/' },
    },
    {
      name: 'adapters-from-compose',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$', pathNot: '^src/compose' },
      to: { path: '^src/(store|delivery|slack|http|workspace)/' },
    },
    ...rules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
