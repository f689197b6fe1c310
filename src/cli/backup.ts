import type { Command } from 'commander'
import { withExistingStore } from './with-store.ts'

/** `countersign backup FILE` */
export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('Copy the database into a file, also beside a running service. Keys are not in it.')
    .argument('<file>', 'the file to write; there must be none of this name')
    .option('--json', 'print it as JSON')
    .action((file: string, { json }: { readonly json?: true }) =>
      // Opened first, so that its schema is up to date.
      withExistingStore(async (_store, { databaseFile }) => {
        const { backUp } = await import('../store/sqlite/backup.ts')
        const bytes = await backUp(databaseFile, file, Date.now())
        process.stdout.write(
          json === true ? `${JSON.stringify({ file, bytes }, null, 2)}\n` : `${file} (${bytes} bytes)\n`,
        )
        process.stderr.write(
          'It holds all that people and agents wrote and that is not erased. The keys beside the database are not in it: keep them apart.\n',
        )
      }),
    )
}
