/**
 * The first start, in a real browser, with a real process and a real agent over HTTP.
 * Seen to fail: with the examples not posted; with Approve not calling the application; with changes not announced to
 * long-polls; with open cards not shown again after a restart.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium } from './chromium.ts'
import { type LocalStart, startLocally } from './local-start.ts'

const PICTURES = fileURLToPath(new URL('../../screenshots/', import.meta.url))

type Decision = {
  readonly id: string
  readonly status: string
  readonly approved: boolean | null
  readonly action: string
  readonly note: string | null
  readonly expires_at: string | null
  readonly clarification: { readonly id: string; readonly question: string; readonly state: string } | null
}

let local: LocalStart
let browser: Browser
let page: Page

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true })
  local = await startLocally()
  browser = await openChromium()
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
  await page.goto(local.pageUrl)
})

afterAll(async () => {
  await browser?.close()
  await local?.stop()
})

async function api<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${local.apiUrl}/v1/decisions${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${local.key}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const json: T = JSON.parse(await response.text())
  expect(response.ok, JSON.stringify(json)).toBe(true)
  return json
}

async function pending(action: string): Promise<Decision> {
  const { data } = await api<{ data: readonly Decision[] }>(`?action=${action}&status=pending`)
  const [first] = data
  if (first === undefined) throw new Error(`no pending ${action}`)
  return first
}

function card(title: string): Locator {
  return page.getByTestId('message').filter({ hasText: title }).last()
}

async function actAs(name: string): Promise<void> {
  await page.getByTestId('acting-as').selectOption({ label: name })
}

describe('the first start', () => {
  it('prints what to open and a command that works as it stands', async () => {
    expect(local.welcome).toContain(local.pageUrl)
    const command = /curl -sS http\S+ [\s\S]*?}'\n/.exec(local.welcome)?.[0] ?? ''
    const { stdout } = await promisify(execFile)('bash', ['-c', command])
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'pending',
      action: 'process_refund',
      parameters: { amount_usd: 75 },
    })
  })

  it('shows two cards to decide and tells operations of the blocked action', async () => {
    await card('A-1042').waitFor()
    await card('Send an e-mail to a customer').waitFor()
    await page.screenshot({ path: `${PICTURES}first-start.png`, fullPage: true })
    await page.getByRole('button', { name: /agent-ops/ }).click()
    await page.getByText('delete_customer_account').first().waitFor()
    await page.screenshot({ path: `${PICTURES}operations.png` })
    await page.getByRole('button', { name: /agent-approvals/ }).click()
  })

  it('ends the agent’s long-poll when Ana approves', async () => {
    const { data } = await api<{ data: readonly Decision[] }>('?action=process_refund&status=pending')
    const refund = data.at(-1)
    const waiting = api<Decision>(`/${refund?.id}?wait=30`)
    await actAs('Ana Ruiz')
    await card('A-1042')
      .getByRole('button', { name: /^Approve/ })
      .click()
    await page.screenshot({ path: `${PICTURES}confirm.png` })
    await page
      .getByTestId('confirm-dialog')
      .getByRole('button', { name: /approve/i })
      .click()
    expect(await waiting).toMatchObject({ id: refund?.id, status: 'approved', approved: true })
    await card('A-1042')
      .getByText(/Approved by/)
      .waitFor()
    expect(
      await card('A-1042')
        .getByRole('button', { name: /^Approve/ })
        .count(),
    ).toBe(0)
  })

  it('brings Carol’s question to the agent, and its answer onto the card', async () => {
    const email = await pending('send_customer_email')
    const asked = api<Decision>(`/${email.id}?wait=30`)
    await actAs('Carol Lindqvist')
    await card('Send an e-mail')
      .getByRole('button', { name: /^Ask a question/ })
      .click()
    const modal = page.getByTestId('modal')
    await modal.getByRole('textbox').fill('Which price did they agree to?')
    await page.screenshot({ path: `${PICTURES}question.png` })
    await modal.locator('button[type=submit]').click()
    const question = await asked
    expect(question).toMatchObject({
      status: 'clarifying',
      expires_at: null,
      clarification: { state: 'open', question: 'Which price did they agree to?' },
    })
    await api(`/${email.id}/answer`, {
      clarification_id: question.clarification?.id,
      answer: '1,200 USD a year, as last year.',
    })
    await card('Send an e-mail').getByText('1,200 USD a year, as last year.').waitFor()
    await page.screenshot({ path: `${PICTURES}answered.png` })
  })

  it('gives the reason of a denial to the agent', async () => {
    const refund = await pending('process_refund')
    const waiting = api<Decision>(`/${refund.id}?wait=30`)
    await actAs('Ben Okafor')
    await card('A-1"').getByRole('button', { name: /^Deny/ }).click()
    const modal = page.getByTestId('modal')
    await modal.getByRole('textbox').fill('The carrier has found the parcel.')
    await page.screenshot({ path: `${PICTURES}deny.png` })
    await modal.locator('button[type=submit]').click()
    expect(await waiting).toMatchObject({
      status: 'denied',
      approved: false,
      note: 'The carrier has found the parcel.',
    })
    await card('A-1"')
      .getByText(/Denied by/)
      .waitFor()
    await page.screenshot({ path: `${PICTURES}decided.png` })
  })

  it('tells a person who may not decide, and only them', async () => {
    await actAs('Dana Weiss')
    await card('Send an e-mail').getByRole('button', { name: /^Deny/ }).click()
    await page.getByText(/Only .* can decide this/).waitFor()
    await page.screenshot({ path: `${PICTURES}refused.png` })
    expect((await pending('send_customer_email')).status).toBe('pending')
  })

  it('is readable in a narrow window', async () => {
    await page.setViewportSize({ width: 420, height: 900 })
    await page.screenshot({ path: `${PICTURES}narrow.png` })
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(overflow).toBe(0)
  })

  it('opens the full context of a card', async () => {
    await page.setViewportSize({ width: 1280, height: 1000 })
    await page.reload()
    await card('Send an e-mail')
      .getByRole('button', { name: /^Full context/ })
      .click()
    await page.getByTestId('modal').waitFor()
    await page.screenshot({ path: `${PICTURES}context.png` })
  })

  it('shows the open card again after a restart, with the same key and nothing new', async () => {
    const { key } = local
    local = await local.restart()
    expect(local.key).toBe(key)
    await page.goto(local.pageUrl)
    await card('Send an e-mail').getByText('1,200 USD a year, as last year.').waitFor()
    await card('Create a cloud resource').getByText('roll back until').waitFor()
    expect(await page.getByTestId('message').filter({ hasText: 'Refund a customer' }).count()).toBe(0)
    expect((await api<{ data: readonly Decision[] }>('')).data).toHaveLength(5)
  })
})
