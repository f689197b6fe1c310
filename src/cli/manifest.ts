import type { Command } from 'commander'
import { manifestCheck } from './manifest-check.ts'
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
}
