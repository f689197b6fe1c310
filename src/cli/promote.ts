import { type Command, InvalidArgumentError, Option } from 'commander'
import { stringify } from 'yaml'
import { findAction, type Promotion } from '../domain/manifest.ts'
import { type PromotionChecklist, promotionChecklist } from '../domain/promotion.ts'
import { toDay } from '../domain/time.ts'
import { loadManifest } from '../policy/load.ts'
import { formatProblems } from '../policy/problem.ts'
import { manifestsDir } from './settings.ts'
import { withExistingStore } from './with-store.ts'

type Options = {
  readonly to: Promotion['to']
  readonly target?: number
  readonly agentVersion?: string
  readonly json?: true
}

/** `countersign promote`: exits with 0 when everything is met, with 1 when anything is missing. */
export function addPromoteCommand(program: Command): void {
  program
    .command('promote')
    .description('Say whether the oversight of an action can be reduced, and print the lines for the manifest if so.')
    .argument('<action>', 'its name, e.g. process_refund')
    .addOption(
      new Option('--to <oversight>', 'the oversight that would be left')
        .choices(['on_the_loop', 'autonomous'])
        .makeOptionMandatory(),
    )
    .option('--target <share>', 'the share that has to be right; left out: 1 - suggestions.alpha of the action', target)
    .option('--agent-version <version>', 'whose outcomes count; left out: those of the newest version')
    .option('--json', 'print the checklist as JSON on stdout')
    .action(promote)
}

async function promote(name: string, options: Options): Promise<void> {
  const loaded = loadManifest(manifestsDir())
  if (!loaded.ok) {
    process.stderr.write(`${formatProblems(loaded.problems)}\nWith this manifest nothing can be promoted.\n`)
    process.exitCode = 1
    return
  }
  const action = findAction(loaded.manifest, name)
  if (action === null) {
    const known = Object.keys(loaded.manifest.actions).join(', ')
    process.stderr.write(`The manifest has no action ${name}. It has: ${known}.\n`)
    process.exitCode = 1
    return
  }
  await withExistingStore(async (store) => {
    const now = Date.now()
    const all = await store.judged(name, 0)
    const agentVersion = options.agentVersion ?? all.at(-1)?.agentVersion ?? null
    const own = all.filter((each) => each.agentVersion === agentVersion)
    const goal = options.target ?? Number((1 - action.suggestions.alpha).toFixed(12))
    const asked = { to: options.to, target: goal, agentVersion }
    const checklist = promotionChecklist(action, asked, own, toDay(now), now)
    const asJson = { action: name, to: options.to, target: goal, agent_version: agentVersion, ...checklist }
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(asJson, null, 2)}\n`
        : checklistText(name, options.to, agentVersion, checklist),
    )
    process.exitCode = checklist.ready ? 0 : 1
  })
}

function checklistText(
  name: string,
  to: Promotion['to'],
  version: string | null,
  { checks, promotion, remarks }: PromotionChecklist,
): string {
  const whose = version === null ? 'by agents that sent no version' : `by agent version ${version}`
  const lines = checks.flatMap(({ item, met, figure, advice }) => [
    `  ${met ? 'met      ' : 'NOT MET  '}  ${item.padEnd(10)}  ${figure}\n`,
    ...(advice === null ? [] : [`${' '.repeat(25)}${advice}\n`]),
  ])
  const missing = checks.filter(({ met }) => !met).length
  const end =
    promotion === null
      ? `${missing} of ${checks.length} ${missing === 1 ? 'is' : 'are'} missing: the oversight stays as it is.\n`
      : `Everything is met. To promote it, write this under actions.${name}, and have somebody else review the change:\n\n${block(promotion)}`
  const notes = remarks.length === 0 ? '' : `\n${remarks.map((each) => `${each}\n`).join('')}`
  return `${name} to ${to}, ${whose}\n\n${lines.join('')}\n${end}${notes}`
}

/** Indented as it stands under an action. */
function block(promotion: Promotion): string {
  const yaml = stringify({ approval_required: false, promotion }, { lineWidth: 0 })
  return yaml.replaceAll(/^(?=.)/gm, '    ')
}

function target(text: string): number {
  const share = Number(text)
  if (share >= 0.5 && share < 1) return share
  throw new InvalidArgumentError('Write a share from 0.5 up to, but not including, 1, such as 0.98.')
}
