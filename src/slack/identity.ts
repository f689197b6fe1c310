import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'

/** The workspace that our bot token belongs to, and the Slack user id of the bot. */
export type Identity = { readonly team: string; readonly user: string }

/** What no retry heals: the token itself is wrong. */
const BAD_TOKEN = ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']

/**
 * Asks Slack once whose bot we are, and again at the next need when it could not say. Slack being down at start must not
 * keep agents from submitting.
 */
export function createIdentity(client: WebClient, log: Logger): () => Promise<Identity | null> {
  let known: Identity | null = null
  return async () => {
    if (known !== null) return known
    try {
      const { team_id: team, user_id: user } = await client.auth.test()
      if (team !== undefined && user !== undefined) known = { team, user }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (BAD_TOKEN.some((code) => reason.includes(code)))
        log.error(
          { reason },
          'Slack does not accept SLACK_BOT_TOKEN; copy it again from the app page, OAuth & Permissions',
        )
      else log.warn({ reason }, 'Slack did not say whose bot token this is; nobody can decide until it does')
    }
    return known
  }
}
