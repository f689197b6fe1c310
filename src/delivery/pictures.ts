import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Picture } from '../../blocks/weekly-report.ts'
import type { Notice } from '../domain/intent.ts'

export type Report = Notice & { readonly about: 'weekly_report' }

/** A picture that is still to be given to Slack. */
export type Drawn = { readonly name: string; readonly title: string; readonly alt: string; readonly png: Uint8Array }

/**
 * Pictures of a report, as Slack has them by now; none where Slack takes none, and then the report has a table.
 * `refused`: Slack did not take a message with them: it takes files in only a while after it has answered.
 */
export type Pictures = {
  readonly of: (key: string, report: Report) => Promise<readonly Picture[]>
  /** @returns whether to try with them once more */
  readonly refused: (key: string) => boolean
}

const UPLOAD_TIMEOUT_MS = 10_000
const MOST_REFUSALS = 4

/** @param draw makes the pictures; empty: there is nothing to draw */
export function createPictures(
  client: WebClient,
  draw: (report: Report) => Promise<readonly Drawn[]>,
  log: Pick<Logger, 'info' | 'warn'>,
): Pictures {
  const given = new Map<string, { readonly pictures: readonly Picture[]; refusals: number }>()
  return {
    of: async (key, report) => {
      const known = given.get(key)
      if (known !== undefined) return known.refusals < MOST_REFUSALS ? known.pictures : []
      try {
        const pictures: Picture[] = []
        for (const drawn of await draw(report)) pictures.push({ file: await upload(client, drawn), alt: drawn.alt })
        given.set(key, { pictures, refusals: 0 })
        return pictures
      } catch (error) {
        // The report is worth more than its pictures. Without the optional scope files:write it is always so.
        log.info({ err: error }, 'the weekly report has a table, because Slack took no pictures')
        given.set(key, { pictures: [], refusals: 0 })
        return []
      }
    },
    refused: (key) => {
      const known = given.get(key)
      if (known === undefined || known.pictures.length === 0) return false
      known.refusals += 1
      return true
    },
  }
}

/**
 * Gives Slack a file that is in no channel. Source: docs.slack.dev, files.getUploadURLExternal.
 * @returns its id
 */
async function upload(client: WebClient, { name, title, alt, png }: Drawn): Promise<string> {
  const place = { filename: name, length: png.length, alt_txt: alt }
  const asked: Readonly<Record<string, unknown>> = { ...(await client.apiCall('files.getUploadURLExternal', place)) }
  const { upload_url: url, file_id: id } = asked
  if (typeof url !== 'string' || typeof id !== 'string') throw new Error('Slack named no place for a file')
  const sent = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: png.slice(),
    redirect: 'error',
    signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
  })
  await sent.arrayBuffer()
  if (!sent.ok) throw new Error(`Slack answered an upload with ${sent.status}`)
  await client.files.completeUploadExternal({ files: [{ id, title }] })
  return id
}
