/** How results are summed up and printed. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** "0.97-3.43"; empty for a single one. */
export function range(values: readonly number[]): string {
  return values.length < 2 ? '' : `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`
}

export function row(name: string, ...cells: readonly (string | number)[]): string {
  return `${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(13)).join('')}`
}

export function print(line: string) {
  process.stdout.write(`${line}\n`)
}
