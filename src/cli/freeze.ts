import { type Command, InvalidArgumentError } from 'commander'
import { liftFreeze, setFreeze, unknownSubject } from '../app/freeze.ts'
import type { Store } from '../app/ports.ts'
import {
  type Freeze,
  type FreezeSubject,
  frozenText,
  parseSubject,
  REASON_TEXT,
  subjectText,
  subjectWords,
  tidyReason,
} from '../domain/freeze.ts'
import { toIso } from '../domain/time.ts'
import { didYouMean } from '../policy/problem.ts'
import { withStore } from './with-store.ts'

type Options = { readonly because?: string; readonly list?: true; readonly json?: true }

const OPERATOR = { kind: 'operator' } as const
const WHAT = 'an action; or agent NAME, workflow ID, all'
const BECAUSE = 'why; people read it on every card and in the operations channel'

/** `countersign freeze ...` and `countersign unfreeze ...` */
export function addFreezeCommands(program: Command): void {
  const command = program
    .command('freeze')
    .description('Let nothing of it through and have nothing of it approved, at once, also beside a running service.')
    .argument('[what...]', WHAT)
    .option('--because <reason>', BECAUSE, reason)
    .option('--list', 'show what is frozen instead')
    .option('--json', 'print it as JSON')
    .action((words: readonly string[], options: Options) => {
      if (options.list === true) {
        if (words.length > 0 || options.because !== undefined)
          return command.error('error: --list goes with nothing but --json')
        return withStore((store) => list(store, options))
      }
      const { subject, because } = wanted(command, words, options)
      return withStore((store) => freeze(store, subject, because, options))
    })
  const lifting = program
    .command('unfreeze')
    .description('Lift a freeze. See what there is: countersign freeze --list')
    .argument('<what...>', WHAT)
    .option('--because <reason>', BECAUSE, reason)
    .option('--json', 'print it as JSON')
    .action((words: readonly string[], options: Options) => {
      const { subject, because } = wanted(lifting, words, options)
      return withStore((store) => unfreeze(store, subject, because, options))
    })
}

async function freeze(store: Store, subject: FreezeSubject, because: string, options: Options): Promise<void> {
  const unknown = await unknownSubject(store, await store.manifestInForce(), subject)
  if (unknown !== null && subject.kind !== 'all') {
    const meant = didYouMean(subject.name, unknown.names)
    const where = subject.kind === 'action' ? 'The manifest in force has no action' : 'There is no agent'
    return wrong(`Nothing was frozen. ${where} "${subject.name}".${meant === null ? '' : ` ${meant}`}`)
  }
  const done = await setFreeze(store, OPERATOR, subject, because, Date.now())
  if (done.kind === 'frozen_already')
    return wrong(`It is frozen already, and that stays as it is: ${frozenText(done.freeze)}`)
  const found = (await store.freezes()).filter((each) => subjectWords(each.subject) === subjectWords(subject))
  print(found, options)
  process.stderr.write(`Lift it: countersign unfreeze ${subjectWords(subject)} --because "..."\n`)
}

async function unfreeze(store: Store, subject: FreezeSubject, because: string, options: Options): Promise<void> {
  const done = await liftFreeze(store, OPERATOR, subject, because, Date.now())
  if (done.kind === 'not_frozen') {
    const others = done.frozen.map(({ subject: frozen }) => subjectWords(frozen))
    const hint = others.length === 0 ? 'Nothing is.' : `Frozen are: ${others.join(', ')}.`
    const what = subject.kind === 'all' ? 'not everything is frozen' : `${subjectText(subject)} is not frozen`
    return wrong(`Nothing was changed: ${what}. ${hint}`)
  }
  if (options.json === true) print([done.freeze], options)
  else process.stdout.write(`${subjectText(subject)} is no longer frozen\n`)
}

async function list(store: Store, options: Options): Promise<void> {
  const freezes = await store.freezes()
  if (options.json === true) process.stdout.write(`${JSON.stringify(freezes.map(asJson), null, 2)}\n`)
  else if (freezes.length > 0) print(freezes, options)
  else process.stderr.write('Nothing is frozen.\n')
}

function print(freezes: readonly Freeze[], { json }: Options): void {
  const lines = json === true ? freezes.map((each) => JSON.stringify(asJson(each), null, 2)) : freezes.map(frozenText)
  process.stdout.write(`${lines.join('\n')}\n`)
}

function asJson({ subject, by, at, reason: because }: Freeze) {
  return {
    kind: subject.kind,
    name: subject.kind === 'all' ? null : subject.name,
    by: by.kind === 'operator' ? 'operator' : `slack:${by.team}/${by.user}`,
    since: toIso(at),
    reason: because,
  }
}

function wanted(command: Command, words: readonly string[], { because }: Options) {
  const subject = parseSubject(words.join(' '))
  if (subject === null)
    return command.error('error: say what: ACTION, agent NAME, workflow ID, or all; --list shows what is frozen')
  if (because === undefined) return command.error('error: say why: --because "..."')
  return { subject, because }
}

function wrong(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

function reason(text: string): string {
  const tidy = tidyReason(text)
  if (tidy === null) throw new InvalidArgumentError(`It takes 1 to ${REASON_TEXT} characters.`)
  return tidy
}
