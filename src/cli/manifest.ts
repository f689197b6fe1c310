import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { toDay } from '../domain/time.ts'
import { manifestCheck } from './manifest-check.ts'
import { manifestDiff } from './manifest-diff.ts'
import { manifestExplain, type UsedLimit } from './manifest-explain.ts'
import { manifestSchema } from './manifest-schema.ts'
import { manifestTest } from './manifest-test.ts'
import { manifestsDir } from './settings.ts'

/** `countersign manifest ...` */
export function addManifestCommand(program: Command): void {
  const manifest = program.command('manifest').description('Tools for the policy owner.')
  manifest
    .command('check')
    .description('Say whether a folder of manifest files can be used, and everything that is wrong with it.')
    .argument('[dir]', 'the folder; left out: MANIFESTS_DIR, or ./manifests')
    .option('--json', 'print the result as JSON on stdout')
    .action((dir: string | undefined, options: { readonly json?: true }) => {
      process.exitCode = manifestCheck({
        dir: dir ?? manifestsDir(),
        json: options.json === true,
        stdout: process.stdout,
        stderr: process.stderr,
      })
    })
  manifest
    .command('explain')
    .description('Say what becomes of one decision, step by step, and who could approve it now.')
    .argument('[dir]', 'the folder; left out: MANIFESTS_DIR, or ./manifests')
    .requiredOption('--decision <file>', 'what an agent would post, as JSON or YAML; - reads the standard input')
    .option('--agent <name>', 'who proposes it; needed where the manifest declares agents')
    .option('--used <limit=amount>', 'what a limit holds already, e.g. 2=1990: the second one; repeatable', usedLimit)
    .option('--today <day>', 'the day on which it is proposed, as YYYY-MM-DD', day)
    .option('--json', 'print the explanation as JSON on stdout')
    .action((dir: string | undefined, options: ExplainOptions) => {
      process.exitCode = manifestExplain({
        dir: dir ?? manifestsDir(),
        decision: options.decision,
        agent: options.agent ?? null,
        used: options.used ?? [],
        today: options.today ?? toDay(Date.now()),
        json: options.json === true,
        stdin: () => readFileSync(0, 'utf8'),
        stdout: process.stdout,
        stderr: process.stderr,
      })
    })
  manifest
    .command('test')
    .description('Try the examples in the folder `cases` of a manifest: is each decision routed as they say?')
    .argument('[dir]', 'the folder of the manifest; left out: MANIFESTS_DIR, or ./manifests')
    .option('--json', 'print the results as JSON on stdout')
    .action((dir: string | undefined, options: { readonly json?: true }) => {
      process.exitCode = manifestTest({
        dir: dir ?? manifestsDir(),
        today: toDay(Date.now()),
        json: options.json === true,
        stdout: process.stdout,
        stderr: process.stderr,
      })
    })
  manifest
    .command('diff')
    .description('Say in words what changes from one folder of manifest files to another.')
    .argument('<before>', 'the folder as it was')
    .argument('<after>', 'the folder as it is to be')
    .option('--json', 'print the result as JSON on stdout')
    .action((before: string, after: string, options: { readonly json?: true }) => {
      const json = options.json === true
      process.exitCode = manifestDiff({ before, after, json, stdout: process.stdout, stderr: process.stderr })
    })
  manifest
    .command('schema')
    .description('Print a JSON Schema of a manifest file, with which an editor completes and explains its keys.')
    .action(() => {
      process.stdout.write(manifestSchema())
    })
}

type ExplainOptions = {
  readonly decision: string
  readonly agent?: string
  readonly used?: readonly UsedLimit[]
  readonly today?: string
  readonly json?: true
}

// Limits are counted from 1, as the explanation prints them.
function usedLimit(text: string, before: readonly UsedLimit[] = []): readonly UsedLimit[] {
  const [, number, amount] = /^([1-9]\d?)=(\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (number === undefined || amount === undefined)
    throw new InvalidArgumentError('Write the number of a limit, counted from 1, and what it holds: 2=1990.')
  return [...before, { index: Number(number) - 1, amount: Number(amount) }]
}

function day(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  // 30 February is read as 2 March.
  if (Number.isNaN(at) || toDay(at) !== text) throw new InvalidArgumentError('Write a day that exists, as YYYY-MM-DD.')
  return text
}
