#!/usr/bin/env node
// node-cron leaves out runs where the machine's own time zone sets its clocks back, whatever zone it is told to use.
process.env['TZ'] = 'UTC'

// Its default would end a service that is told to read its manifest again while it still starts.
if (process.argv[2] === 'start') process.on('SIGHUP', () => undefined)

const { run } = await import('./program.ts')
await run(process.argv.slice(2))
