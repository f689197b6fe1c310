import type { ListValue } from '../../blocks/action-ids.ts'
import { isWaitingView, type Message } from '../../blocks/approval-card.ts'
import { type ListPage, queueMessage, ROWS } from '../../blocks/queue.ts'
import type { App } from '../app/app.ts'
import type { Clock } from '../app/ports.ts'

/** A page of a list as a person may see it; one beyond the last is the last. */
export async function listPage(app: Pick<App, 'queue'>, user: string, { list, page }: ListValue): Promise<ListPage> {
  let shown = await app.queue(user, list, null, ROWS)
  let at = 1
  for (; at < page && shown.next !== null; at += 1) shown = await app.queue(user, list, shown.next, ROWS)
  // What has been decided between the list and its rows is not open any more.
  return { list, page: at, items: shown.items.filter(isWaitingView), more: shown.next !== null }
}

/** The same as a message: the answer to a command, or what stands in its place once the page is turned. */
export async function listMessage(
  { app, clock }: { readonly app: Pick<App, 'queue' | 'freezesFor'>; readonly clock: Clock },
  user: string,
  wanted: ListValue,
): Promise<Message> {
  const [page, frozen] = await Promise.all([listPage(app, user, wanted), app.freezesFor(user)])
  return queueMessage(page, frozen, clock())
}
