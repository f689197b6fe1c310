import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'

/** The workspace that our bot token belongs to. */
export type Identity = { readonly team: string; readonly botUser: string }

/**
 * Asks Slack once who we are, and again at the next need when it could not say. Slack being down at start must not
 * keep agents from submitting.
 */
export function createIdentity(client: WebClient, log: Logger): () => Promise<Identity | null> {
  let known: Identity | null = null
  return async () => {
    if (known !== null) return known
    try {
      const { team_id: team, user_id: botUser } = await client.auth.test()
      if (team !== undefined && botUser !== undefined) known = { team, botUser }
    } catch (error) {
      log.warn(
        { err: error },
        'Slack did not say which workspace the bot token belongs to; nobody can decide until it does',
      )
    }
    return known
  }
}
