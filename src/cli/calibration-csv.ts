import { readFileSync } from 'node:fs'
import { CsvError, parse } from 'csv-parse/sync'
import type { Labelled } from '../domain/calibration.ts'

export type CsvFile =
  | { readonly ok: true; readonly labels: readonly Labelled[] }
  /** What is wrong, in lines that name the file and the line. */
  | { readonly ok: false; readonly problem: string }

const MOST_FAULTS = 20

const TRUTHS: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  '0': false,
  false: false,
  no: false,
}

/**
 * Reads rows `confidence,correct`. A first line that names these columns may give them in another order, among others.
 * @param file its path; `-` is the standard input
 * @param stdin reads the standard input to its end
 */
export function readLabelledCsv(file: string, stdin: () => string): CsvFile {
  const name = file === '-' ? 'standard input' : file
  let text: string
  try {
    text = file === '-' ? stdin() : readFileSync(file, 'utf8')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { ok: false, problem: `error: ${unreadable(name, error)}\n` }
  }
  const rows: Row[] = []
  try {
    parse(text, {
      bom: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (record: readonly string[], { lines }) => {
        rows.push({ record, line: lines })
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // The parser counts lines, but ends its message with them itself.
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1
    return { ok: false, problem: `${name}:${line} error: this is not valid CSV: ${error.message}.\n` }
  }
  return labelsOf(name, rows)
}

type Row = { readonly record: readonly string[]; readonly line: number }

function labelsOf(name: string, rows: readonly Row[]): CsvFile {
  const columns = columnsOf(rows[0]?.record ?? [])
  const fault = (line: number, message: string) => `${name}:${line} error: ${message}\n`
  if (columns === null) {
    const message = 'the first line names columns, and not both confidence and correct.'
    return { ok: false, problem: fault(rows[0]?.line ?? 1, message) }
  }
  const faults: string[] = []
  const labels = rows.slice(columns.headed ? 1 : 0).flatMap(({ record, line }): readonly Labelled[] => {
    const label = labelOf(record, columns)
    if (typeof label !== 'string') return [label]
    faults.push(fault(line, label))
    return []
  })
  if (faults.length === 0) return { ok: true, labels }
  const more = faults.length > MOST_FAULTS ? `... and ${faults.length - MOST_FAULTS} more.\n` : ''
  return { ok: false, problem: `${faults.slice(0, MOST_FAULTS).join('')}${more}` }
}

type Columns = { readonly confidence: number; readonly correct: number; readonly headed: boolean }

/** null: a line of names without the two that are needed. */
function columnsOf(first: readonly string[]): Columns | null {
  const names = first.map((each) => each.toLowerCase())
  const confidence = names.indexOf('confidence')
  const correct = names.indexOf('correct')
  if (confidence !== -1 && correct !== -1) return { confidence, correct, headed: true }
  const hasNumbers = first.length === 0 || first.some((each) => each !== '' && Number.isFinite(Number(each)))
  return hasNumbers ? { confidence: 0, correct: 1, headed: false } : null
}

/** The row's label, or what is wrong with it. */
function labelOf(record: readonly string[], columns: Columns): Labelled | string {
  const stated = record[columns.confidence] ?? ''
  const correct = record[columns.correct] ?? ''
  if (stated === '' || correct === '') return `a row has two values, confidence,correct; found "${record.join(',')}".`
  const confidence = Number(stated)
  if (!(confidence >= 0 && confidence <= 1)) return `confidence is a number from 0 to 1; found "${stated}".`
  const truth = Object.entries(TRUTHS).find(([word]) => word === correct.toLowerCase())?.[1]
  if (truth === undefined) return `correct is 1 or 0 (or true or false, yes or no); found "${correct}".`
  return { confidence, correct: truth }
}

function unreadable(name: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no file ${name}.`
  if (code === 'EISDIR') return `${name} is a folder. Give the file with the rows.`
  return `${name} cannot be read: ${message}.`
}
