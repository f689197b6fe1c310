/** Slack, in a process of its own: what it costs must not count as the service's. */
import { startWorkspace } from '../src/workspace/server.ts'

const { apiUrl, botToken, signingSecret } = await startWorkspace({ port: 0 })
process.on('disconnect', () => process.exit(0))
process.send?.({ apiUrl, botToken, signingSecret })
