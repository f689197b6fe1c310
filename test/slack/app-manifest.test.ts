import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { allEvents, allScopes } from '../../src/workspace/server.ts'

/* Broken once each to see it fail: a scope that the workspace does not know, an event left out, a hint of 1,001 characters. */

const limited = (most: number) => z.string().min(1).max(most)

/** What Slack documents of these parts (docs.slack.dev/reference/app-manifest). */
const shape = z.object({
  display_information: z.object({
    name: limited(35),
    description: limited(140),
    long_description: z.string().min(174).max(4000),
  }),
  features: z.object({
    bot_user: z.object({ display_name: limited(80) }),
    app_home: z.strictObject({
      home_tab_enabled: z.literal(true),
      messages_tab_enabled: z.literal(true),
      messages_tab_read_only_enabled: z.literal(true),
    }),
    slash_commands: z.array(
      z.strictObject({
        command: z.string().regex(/^\/\S{1,31}$/),
        description: limited(2000),
        usage_hint: limited(1000),
        should_escape: z.literal(true),
      }),
    ),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()).max(255) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()).max(100) }) }),
})

describe('manifest.slack.yml', () => {
  const manifest = shape.parse(parse(readFileSync('manifest.slack.yml', 'utf8')))

  it('asks for scopes that the local workspace grants, each once', () => {
    const { bot } = manifest.oauth_config.scopes
    expect(bot.filter((scope) => !allScopes.includes(scope))).toEqual([])
    expect(new Set(bot).size).toBe(bot.length)
    expect(bot).toEqual(expect.arrayContaining(['commands', 'im:write', 'dnd:read', 'app_mentions:read', 'im:history']))
  })

  it('listens to the events that the local workspace sends', () => {
    expect(manifest.settings.event_subscriptions.bot_events.toSorted()).toEqual(allEvents.toSorted())
  })

  it('registers /approvals', () => {
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/approvals'])
  })
})
