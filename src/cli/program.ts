import { Command } from 'commander'
import { addAuditCommand } from './audit.ts'
import { addBacktestCommand } from './backtest.ts'
import { addBackupCommand } from './backup.ts'
import { addCalibrationCommand } from './calibration.ts'
import { addDeliveriesCommand } from './deliveries.ts'
import { addEraseCommand } from './erase.ts'
import { addFreezeCommands } from './freeze.ts'
import { addKeysCommand } from './keys.ts'
import { addManifestCommand } from './manifest.ts'
import { addPromoteCommand } from './promote.ts'
import { addStartCommand } from './start.ts'
import { version } from './version.ts'

/**
 * Runs one command line, without the program's name. What it finds is said by `process.exitCode`: 0 (or unset) good,
 * 1 something is wrong, 2 used wrongly.
 */
export async function run(words: readonly string[]): Promise<void> {
  const program = new Command('countersign')
    .description('A self-hosted, Slack-native approval service for AI agents.')
    .version(version())
    .showHelpAfterError('Run with --help to see what is allowed.')
    .exitOverride()
  addStartCommand(program)
  addManifestCommand(program)
  addCalibrationCommand(program)
  addPromoteCommand(program)
  addBacktestCommand(program)
  addKeysCommand(program)
  addAuditCommand(program)
  addFreezeCommands(program)
  addEraseCommand(program)
  addDeliveriesCommand(program)
  addBackupCommand(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    // Commander has printed what was wrong: help and version are no mistake, everything else was used wrongly.
    const code = typeof error === 'object' && error !== null && 'exitCode' in error ? error.exitCode : null
    if (code === null) throw error
    process.exitCode = code === 0 ? 0 : 2
  }
}
