import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Bucketing } from '../domain/calibration.ts'
import { calibrationOf, calibrationReport } from '../domain/calibration-report.ts'
import { findAction, type Manifest } from '../domain/manifest.ts'
import { builtIn } from '../domain/manifest-defaults.ts'
import type { ThresholdEvidence } from '../domain/threshold.ts'
import { DAY, toIso } from '../domain/time.ts'
import { loadManifest } from '../policy/load.ts'
import { thresholdPatch } from '../policy/patch.ts'
import { readLabelledCsv } from './calibration-csv.ts'
import { calibrationText, reportText } from './calibration-text.ts'
import { manifestsDir } from './settings.ts'
import { withExistingStore } from './with-store.ts'

type Options = {
  readonly days: number
  readonly agentVersion?: string
  readonly buckets: Bucketing
  readonly csv?: string
  readonly suggest?: true
  readonly json?: true
}

/** `countersign calibration` */
export function addCalibrationCommand(program: Command): void {
  const command = program
    .command('calibration')
    .description(
      'Compare what agents claimed of an action with how it turned out, and say what that means for its thresholds.',
    )
    .argument('<action>', 'its name, e.g. process_refund')
    .option('--days <number>', 'how far to look back', days, 30)
    .option('--agent-version <version>', 'whose decisions; left out: those of the newest version')
    .addOption(
      new Option('--buckets <kind>', 'left_closed: 0.8 up to 0.9; nearest: about 0.8')
        .choices(['left_closed', 'nearest'])
        .default('left_closed'),
    )
    .option('--csv <file>', 'rows confidence,correct instead of the database; - reads the standard input')
    .option('--suggest', 'print only the suggested change of the manifest, as a diff for a person to commit')
    .option('--json', 'print the figures as JSON on stdout')
    .action(async (action: string, options: Options) => {
      if (options.csv === undefined) return fromDatabase(action, options)
      process.exitCode = fromCsv(action, options.csv, options, command.getOptionValueSource('days') === 'cli')
    })
}

/** A file needs neither a database nor a manifest; where there is a manifest, its figures hold. */
function fromCsv(action: string, file: string, options: Options, namesDays: boolean): 0 | 1 | 2 {
  if (namesDays || options.agentVersion !== undefined) {
    process.stderr.write('--days and --agent-version choose decisions of the database; a file is taken as it is.\n')
    return 2
  }
  const read = readLabelledCsv(file, () => readFileSync(0, 'utf8'))
  if (!read.ok) {
    process.stderr.write(read.problem)
    return 1
  }
  const terms = termsOf(quietManifest(), action)
  const calibration = calibrationOf(read.labels, options.buckets, terms.tolerance)
  if (options.suggest === true) return suggest(action, calibration.threshold, terms.autoApprove)
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(calibration, null, 2)}\n`
      : calibrationText(calibration, options.buckets, terms.autoApprove),
  )
  return 0
}

async function fromDatabase(action: string, options: Options): Promise<void> {
  const manifest = quietManifest()
  await withExistingStore(async (store) => {
    const now = Date.now()
    const since = now - options.days * DAY
    const judged = await store.judged(action, since)
    if (judged.length === 0 && manifest !== null && findAction(manifest, action) === null) {
      const known = Object.keys(manifest.actions).join(', ')
      process.stderr.write(`The manifest has no action ${action}, and nobody proposed it. It has: ${known}.\n`)
      process.exitCode = 1
      return
    }
    const terms = termsOf(manifest, action)
    const asked = { version: options.agentVersion, bucketing: options.buckets }
    const report = calibrationReport(judged, asked, terms, now)
    if (options.suggest === true) process.exitCode = suggest(action, report.threshold, terms.autoApprove)
    else if (options.json === true)
      process.stdout.write(
        `${JSON.stringify({ action, since: toIso(since), until: toIso(now), ...report }, null, 2)}\n`,
      )
    else
      process.stdout.write(
        `${action}, the last ${options.days === 1 ? 'day' : `${options.days} days`}\n\n${reportText(report, options.buckets, terms.autoApprove)}`,
      )
  })
}

/** @returns the exit code */
function suggest(action: string, { suggested }: ThresholdEvidence, autoApprove: number): 0 | 1 {
  if (suggested === null || suggested === autoApprove) {
    process.stderr.write('No change is suggested. Without --suggest this command says why.\n')
    return 0
  }
  const patch = thresholdPatch(manifestsDir(), action, suggested)
  if (patch.ok) process.stdout.write(patch.diff)
  else process.stderr.write(`error: ${patch.problem}\n`)
  return patch.ok ? 0 : 1
}

/** null: there is none that could be used. What is wrong with it is for `manifest check` to say. */
function quietManifest(): Manifest | null {
  const loaded = loadManifest(manifestsDir())
  return loaded.ok ? loaded.manifest : null
}

function termsOf(manifest: Manifest | null, action: string) {
  const tunables = (manifest === null ? null : findAction(manifest, action)) ?? manifest?.defaults ?? builtIn
  return { tolerance: tunables.suggestions, autoApprove: tunables.thresholds.auto_approve_confidence }
}

function days(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 3650) return number
  throw new InvalidArgumentError('Write a whole number of days from 1 to 3650.')
}
