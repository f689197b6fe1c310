import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { median } from './table.ts'

/** What the disk takes for one write of a WAL frame (4 KiB) that is really on it. */
export type Disk = { readonly perSecond: number; readonly p50us: number; readonly p99us: number }

/** Appends and fdatasyncs one after the other for `ms`, in `folder`. */
export function measureDisk(folder: string, ms: number): Disk {
  const file = join(folder, 'fsync.probe')
  const handle = openSync(file, 'w')
  const frame = Buffer.alloc(4_096 + 24, 7)
  const times = createHistogram()
  const begun = performance.now()
  let count = 0
  let now = begun
  while (now - begun < ms) {
    writeSync(handle, frame)
    fdatasyncSync(handle)
    const after = performance.now()
    times.record(Math.max(1, Math.round((after - now) * 1_000)))
    count += 1
    now = after
  }
  closeSync(handle)
  rmSync(file)
  return { perSecond: (count * 1_000) / (now - begun), p50us: times.percentile(50), p99us: times.percentile(99) }
}

/** The medians of several. */
export function inWords(disks: readonly Disk[]): string {
  const each = (of: (disk: Disk) => number) => Math.round(median(disks.map(of)))
  return `Disk: ${each((d) => d.perSecond)} fdatasyncs/s; one takes ${each((d) => d.p50us)} µs (p50), ${each((d) => d.p99us)} µs (p99)`
}
