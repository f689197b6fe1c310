#!/usr/bin/env node
import { run } from './program.ts'

// node-cron leaves out runs where the machine's own time zone sets its clocks back, whatever zone it is told to use.
process.env['TZ'] = 'UTC'

await run(process.argv.slice(2))
