import { Command, InvalidArgumentError } from 'commander'
import { DAY, type Instant, toDay } from '../../src/domain/time.ts'
import { QUARTER } from './quarter.ts'
import { writeHistory } from './write.ts'

type Options = { readonly until: Instant; readonly seed: number }

const today = Math.floor(Date.now() / DAY) * DAY

await new Command('npm run example:history --')
  .description(
    'Write a quarter of made-up decisions, reviews and outcomes, so that every report has something to show.',
  )
  .argument('[file]', 'the new database', 'data/example.db')
  .option('--until <day>', 'when the quarter ends, such as 2026-11-30; left out: today', day, today)
  .option('--seed <number>', 'another one gives another quarter', whole, 1)
  .action(async (file: string, { until, seed }: Options) => {
    const isTerminal = process.stderr.isTTY
    const told = (share: number) => void (isTerminal && process.stderr.write(`\r${Math.round(100 * share)}%`))
    const written = await writeHistory(file, { until, days: QUARTER, seed }, told)
    if (isTerminal) process.stderr.write('\r')
    switch (written.kind) {
      case 'taken':
        process.stderr.write(`${written.path} exists, and nothing is overwritten. Name another database.\n`)
        process.exitCode = 1
        return
      case 'written':
        process.stdout.write(next(file, written.manifests, written.decisions, until))
    }
  })
  .parseAsync()

function next(file: string, folder: string, count: number, until: Instant): string {
  return `${count} decisions of the quarter up to ${toDay(until)} are in ${file}, their policy in ${folder}. Look at them:

  export DATABASE_URL=sqlite:${file} MANIFESTS_DIR=${folder}
  npx countersign calibration process_refund
  npx countersign calibration send_customer_email
  npx countersign promote change_subscription --to on_the_loop
  npx countersign backtest --manifest manifests
`
}

function day(text: string): Instant {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at) && toDay(at) === text) return at
  throw new InvalidArgumentError('Write a day such as 2026-11-30.')
}

function whole(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0) return number
  throw new InvalidArgumentError('Write a whole number.')
}
