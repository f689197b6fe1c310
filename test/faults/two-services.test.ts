/** Seen to fail: without the lock both start, and each posts the card. */
import { expect, test } from 'vitest'
import { createScene } from './scene.ts'

test('a second service on one database is refused, and starts once the first has gone', async ({ onTestFinished }) => {
  const scene = await createScene(onTestFinished)
  const first = await scene.start()
  await expect(scene.start()).rejects.toThrow(`Another Countersign runs on the database ${scene.databaseFile}`)
  await first.kill()
  const second = await scene.start()
  const id = await second.propose('A-1')
  await second.quiet()
  expect(scene.cards(id)).toHaveLength(1)
})
