/**
 * The log. Broken builds that these sentences were seen to catch:
 * - no redaction, none at the third level, none of tokens by their look, none of API keys -> "never shows a secret".
 * - `parameters` shown -> the same. Lines on stdout, any level, time in ms -> "is a line of JSON each".
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname

/** Runs lines of code that have a `log` in a process of its own, since its log goes to the real standard error. */
function logged(code: string, logFormat = 'json', logLevel = 'info') {
  const program = `
    import { createLog } from './src/log.ts'
    const log = createLog({ logLevel: '${logLevel}', logFormat: '${logFormat}' })
    ${code}`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(stderr)
  return { stdout, stderr }
}

describe('the log', () => {
  it('is a line of JSON each on standard error, with a time in UTC', () => {
    const { stdout, stderr } = logged(`log.info({ port: 3000 }, 'running'); log.debug('not shown'); log.warn('late')`)
    expect(stdout).toBe('')
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toEqual([
      { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), port: 3000, msg: 'running' },
      { level: 40, time: expect.any(String), msg: 'late' },
    ])
  })

  it.each(['json', 'pretty'])('never shows a secret, wherever somebody put it (%s)', (format) => {
    const { stdout, stderr } = logged(
      `
      const config = {
        slack: { botToken: 'CANARY-1', signingSecret: 'CANARY-2', appToken: 'CANARY-3' }, token: 'CANARY-4',
      }
      log.info({ config, secret: 'CANARY-5', slack: config.slack })
      log.info({ req: { headers: { authorization: 'Bearer CANARY-6', Authorization: 'CANARY-7', cookie: 'CANARY-8' } } })
      log.info({ parameters: { card: 'CANARY-9' }, decision: { parameters: 'CANARY-10' } })
      log.info('posting with xoxb-1-CANARY-11 failed')
      log.info({ deep: [{ er: { text: 'xapp-1-A0-CANARY-12' } }] }, 'agent sent csk_01h_CANARY-13')
      log.error({ err: Object.assign(new Error('refused xoxp-CANARY-14'), { data: { tried: ['csk_01h_CANARY-15'] } }) })
      log.info({ decision: 'dec_1', kept: 'visible' }, 'done')
    `,
      format,
    )
    expect(stdout).toBe('')
    expect(stderr).not.toContain('CANARY')
    expect(stderr.split('[redacted]').length - 1).toBeGreaterThanOrEqual(15)
    expect(stderr).toContain('visible')
    expect(stderr).toContain('dec_1')
  })
})
