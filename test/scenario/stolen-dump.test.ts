/**
 * Somebody has a copy of the database, and of it alone. Broken builds that these sentences were seen to catch:
 * - the secret of an API key kept beside its hash -> "no key in it". Key files, or their folder, that others may read -> "beside it".
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ANA, type House, openHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

const folder = () => dirname(house.databaseFile)
/** All that the database has written, its log and what it has thrown away included. */
const stolen = () =>
  readdirSync(folder())
    .filter((name) => name.startsWith(basename(house.databaseFile)))
    .map((name) => readFileSync(join(folder(), name), 'latin1'))
    .join('\n')
const keys = () => readdirSync(join(folder(), 'keys')).map((name) => join(folder(), 'keys', name))

it('there is no key in it that anybody could use', async () => {
  const id = String((await house.propose())['id'])
  await house.press(ANA, id, 'context')
  const [, link = ''] = /\?k=([^"]+)"/.exec(JSON.stringify(house.workspace.view(ANA)?.blocks)) ?? []
  await house.press(ANA, id, 'approve')
  const grant = String((await house.decision(id))['grant'])
  expect(grant).toMatch(/^ey/)
  await house.show()
  const dump = stolen()
  expect(dump).toContain(id) // it is the database that was looked into
  const secrets = {
    'the API key': house.token,
    'the secret of the API key': house.token.slice(-43),
    'the grant': grant,
    'the signature of the grant': grant.split('.')[2] ?? '',
    'the link to the page': link,
    'the signature of the link': link.split('.').at(-1) ?? '',
    'the bot token': house.workspace.botToken,
    'the signing secret': house.workspace.signingSecret,
    ...Object.fromEntries(
      keys().flatMap((file) =>
        readFileSync(file, 'utf8')
          .split(/[\s"]+/)
          .filter((word) => word.length > 30)
          .map((word) => [`${basename(file)} ${word.slice(0, 4)}`, word]),
      ),
    ),
  }
  expect(Object.keys(secrets).length).toBeGreaterThan(10)
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(15)
    expect(dump.includes(secret), name).toBe(false)
  }
})

it('the keys stand beside it, for its own user alone', async () => {
  expect(
    keys()
      .map((file) => basename(file))
      .toSorted(),
  ).toEqual(expect.arrayContaining(['link-secret', 'webhook-secret']))
  for (const file of keys()) expect(statSync(file).mode & 0o077, file).toBe(0)
  expect(statSync(join(folder(), 'keys')).mode & 0o077).toBe(0)
})
