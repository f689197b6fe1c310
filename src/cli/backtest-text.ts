import type { Backtest, Change, Move } from '../domain/backtest.ts'
import { counted } from '../domain/difference.ts'
import { HOUR, type Instant, toDay } from '../domain/time.ts'

/** `link`: to its card; null: it has none. */
export type Linked = Change & { readonly link: string | null }

type Told = {
  readonly folder: string
  readonly from: Instant
  readonly erased: number
  readonly result: Backtest
  readonly telling: readonly Linked[]
  /** Name every change. */
  readonly list: boolean
}

/** What a candidate would have done, for a policy owner. */
export function backtestText({ folder, from, erased, result, telling, list }: Told): string {
  const { compared, labelled, frozen, changes, moves } = result
  const left = [
    ...(erased > 0 ? [`${counted(erased, 'decision was', 'decisions were')} erased`] : []),
    ...(frozen > 0 ? [`${counted(frozen, 'was', 'were')} blocked by a freeze`] : []),
  ]
  const head = `${folder} against ${counted(compared, 'decision')} since ${toDay(from)}, ${labelled} of them with a label.\n`
  const aside = left.length === 0 ? '' : `Left out: ${left.join(', ')}.\n`
  if (changes.length === 0) return `${head}${aside}\nNo decision would go another way.\n`
  return [
    `${head}${aside}`,
    `${counted(changes.length, 'decision')} would go another way:\n\n${movesTable(moves)}`,
    passing(changes),
    people(result),
    `The most telling:\n${telling.map((change) => `  ${line(change)}${change.link === null ? '' : `  ${change.link}`}\n`).join('')}`,
    list
      ? `All of them:\n${changes.map((change) => `  ${line(change)}\n`).join('')}`
      : '--list names all of them; --json prints them with their figures.\n',
  ].join('\n')
}

function movesTable(moves: readonly Move[]): string {
  const head = ['action', 'was', 'would be', 'decisions', 'amount', 'denied', 'wrong', 'labelled']
  const rows = moves.map(({ action, from, to, n, amount, denied, wrong, labelled }) => [
    action,
    from,
    to,
    String(n),
    amount === null ? '' : amount.toFixed(2),
    String(denied),
    String(wrong),
    String(labelled),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)))
  return [head, ...rows]
    .map((row) => {
      const cells = row.map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      return `  ${cells.join('  ')}\n`
    })
    .join('')
}

function passing(changes: readonly Change[]): string {
  const newly = changes.filter(({ to }) => to === 'auto_approve')
  if (newly.length === 0) return 'Nothing would pass that was held before.\n'
  const denied = newly.filter((change) => change.denied).length
  const labelled = newly.filter(({ correct }) => correct !== null)
  const wrong = labelled.filter(({ correct }) => correct === false).length
  const outcome =
    labelled.length === 0
      ? 'none of them has a label'
      : `of the ${labelled.length} with a label ${counted(wrong, 'was', 'were')} wrong`
  return `${counted(newly.length, 'decision')} would pass without a person: people had denied ${denied}, and ${outcome}.\n`
}

function people({ asked: { more, fewer }, waitedMs }: Backtest): string {
  if (more === 0 && fewer === 0) return 'People would be asked as often as they were.\n'
  const hours = (ms: number) => `${(ms / HOUR).toFixed(1)} h`
  const time =
    waitedMs === null
      ? ''
      : ` At the median time that people took to decide, that is ${hours(waitedMs.fewer)} less and ${hours(waitedMs.more)} more of waiting.`
  return `People would be asked ${counted(fewer, 'time')} less and ${counted(more, 'time')} more.${time}\n`
}

function line({ id, action, from, to, amount, denied, correct }: Change): string {
  const marks = [
    ...(amount === null ? [] : [`amount ${amount}`]),
    ...(denied ? ['people denied it'] : []),
    ...(correct === false ? ['it was wrong'] : []),
  ]
  return `${id}  ${action}  ${from} -> ${to}${marks.length === 0 ? '' : `  (${marks.join(', ')})`}`
}
