import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { variables } from '../../src/config.ts'

export type Ran = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** A folder with nothing in it, whose commands see none of this machine's settings. */
export type Terminal = {
  readonly folder: string
  /** Runs a command line in the folder, with the program as it is started by `main`. */
  readonly type: (...words: readonly string[]) => Promise<Ran>
  readonly close: () => void
}

export function openTerminal(): Terminal {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  process.chdir(folder)
  for (const name of variables) vi.stubEnv(name, undefined)
  return {
    folder,
    type: async (...words) => {
      const out: string[] = []
      const err: string[] = []
      const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
      const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0)
      try {
        await run(words)
        return { stdout: out.join(''), stderr: err.join(''), code: Number(process.exitCode ?? 0) }
      } finally {
        process.exitCode = undefined // The test runner would end with it.
        stdout.mockRestore()
        stderr.mockRestore()
      }
    },
    close: () => {
      vi.unstubAllEnvs()
      process.chdir(before)
      rmSync(folder, { recursive: true })
    },
  }
}
