import type { RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Decision } from '../src/domain/decision.ts'
import type { Context, LabelledBand } from '../src/domain/decision-context.ts'
import type { Instant } from '../src/domain/time.ts'
import { toIso } from '../src/domain/time.ts'
import { isWaitingView } from './approval-card.ts'
import { actName, consequence, isGate, parametersText } from './approve-with.ts'
import { editsPart } from './edits.ts'
import { realLink } from './escape.ts'
import { type Html, html, nothing, page } from './html.ts'
import { PAGE_STYLE } from './page-style.ts'
import { basis, type Item, type Part, remainingParts, requestParts } from './request-parts.ts'
import { timelineBlock, writtenWith } from './thread-line.ts'

/**
 * Everything about a decision on one page, to be read: parameters redacted as on the card, what happened, what became of
 * others like it. Nothing on it decides.
 * @param until when the reader's link ends
 */
export function contextPage(context: Context, until: Instant): string {
  const { view, slack } = context
  const { decision } = view
  const { agent, proposal } = decision
  const said = say(context)
  const asker = proposal.requested_by === undefined ? nothing : html` for ${proposal.requested_by}`
  const parts = [...editsPart(decision), ...basis(view), ...requestParts(view)]
  const written = html`${isGate(view) ? nothing : section('Exact parameters', highlighted(parametersText(view) || 'none'))}
${parts.map(partSection)}`
  const body = html`<main>
<p class="brand">Countersign · full context</p>
<h1>${actName(view)}</h1>
<p>${stateOf(decision)} <span class="lead">${consequence(view)}, asked by ${agent}${asker}</span></p>
${frozenNote(context)}
${facts(context)}
${decision.erasedAt === undefined ? written : section('Erased', html`<p>What people and agents wrote of this, its parameters among it, was erased on ${said.when(decision.erasedAt)} and is kept no longer.</p>`)}
${section('What happened', html`<ol class="time">${view.history.map((event) => happened(context, event))}</ol>`)}
${earlierSection(context)}
${bandSection(context)}
${decision.erasedAt === undefined ? remainingParts(view).map(partSection) : nothing}
<footer><p>Only for reading: deciding happens in Slack${slack === null ? nothing : html`, ${slackLink(slack)}`}. This page is yours alone and can be opened until ${said.when(until)}; times are those of ${context.timeZone}.</p></footer>
</main>`
  return page(`${actName(view)} · Countersign`, PAGE_STYLE, body)
}

/** A page that says why there is nothing to read, and what to do. */
export function refusalPage(title: string, words: readonly string[]): string {
  const body = html`<main><p class="brand">Countersign</p><section><h1>${title}</h1>${words.map((each) => html`<p>${each}</p>`)}</section></main>`
  return page(`${title} · Countersign`, PAGE_STYLE, body)
}

function stateOf(decision: Decision): Html {
  const [look, words] = state(decision)
  return html`<span class="state ${look}">${words}</span>`
}

function state(decision: Decision): readonly ['good' | 'bad' | 'wait', string] {
  switch (decision.status) {
    case 'pending':
      return ['wait', 'Waits for a decision']
    case 'clarifying':
      return ['wait', 'Waits for an answer']
    case 'auto_approved':
      return ['good', 'Passed by policy']
    case 'approved':
      return ['good', 'Approved']
    case 'denied':
      return ['bad', 'Denied']
    case 'timed_out':
      return ['bad', 'Timed out']
    case 'blocked':
      return ['bad', 'Blocked']
    case 'withdrawn':
      return ['bad', 'Withdrawn']
  }
}

function frozenNote({ view }: Context): Html {
  if (view.frozen.length === 0) return nothing
  const reasons = view.frozen.map(({ reason }) => html`<li>${reason}</li>`)
  return html`<section><h2 class="bad">Frozen: it cannot be approved until an administrator lifts it</h2><ul>${reasons}</ul></section>`
}

/** What is looked at first. */
function facts(context: Context): Html {
  const { view } = context
  const { decision } = view
  const { when, who } = say(context)
  const { confidence, action } = decision.proposal
  const given: (readonly [string, Html])[] = [
    ...(isGate(view) ? [] : [['Action', html`${action}`] as const, ['Confidence stated', stated(confidence)] as const]),
    ['Asked', when(decision.createdAt)],
  ]
  if (isWaitingView(view)) {
    const { role, reviewers } = view.decision.assignment
    const users = reviewers.map((user) => html` · ${who(user)}`)
    const asked = view.openToChannel ? html`everybody in the channel` : html`${role}${users}`
    given.push(['With', asked])
    if (view.decision.status === 'pending')
      given.push(['Decide by', html`${when(view.decision.clocks.expiresAt)} or it is denied`])
  } else if ('decidedAt' in decision) given.push(['Ended', when(decision.decidedAt)])
  return html`<section><dl>${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`
}

function stated(confidence: number): Html {
  return html`${confidence} <meter min="0" max="1" value="${confidence}"></meter>`
}

function section(heading: string, content: Html): Html {
  return html`<section><h2>${heading}</h2>${content}</section>`
}

function partSection(part: Part): Html {
  switch (part.kind) {
    case 'exact':
      return section(part.heading, highlighted(part.text))
    case 'prose':
      return section(part.heading, html`<blockquote>${part.text}</blockquote>`)
    case 'list':
      return section(part.heading, html`<ul>${part.items.map(itemLine)}</ul>`)
  }
}

function itemLine({ title, text, url }: Item): Html {
  const written = text === null || text === '' ? nothing : html`<blockquote>${text}</blockquote>`
  return html`<li>${title}${url === null ? nothing : address(url)}${written}</li>`
}

/** A link says where it leads, to the letter, and is called by its host; what leads nowhere is text. */
function address(url: string): Html {
  const real = realLink(url)
  if (real === null) return html` <span class="address">${url}</span>`
  return html` → <a href="${real.url}" rel="noopener noreferrer nofollow">${real.host}</a> <span class="address">${real.url}</span>`
}

const TOKEN =
  /(?<redacted>redacted, [\d,]+ characters?)|(?<text>"(?:\\.|[^"\\])*")(?<colon>\s*:)?|(?<key>^[A-Za-z0-9_.-]+)(?=:)|(?<number>(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|\b(?:true|false|null)\b)/gmsu

/** JSON as `exactJson` writes it, its keys, texts and numbers told apart by colour; letter by letter the same text. */
function highlighted(text: string): Html {
  const pieces: Html[] = []
  let from = 0
  for (const match of text.matchAll(TOKEN)) {
    const [whole] = match
    const { redacted, text: quoted, colon = '', key, number } = match.groups ?? {}
    pieces.push(html`${text.slice(from, match.index)}`)
    if (redacted !== undefined) pieces.push(html`<span class="r">${redacted}</span>`)
    else if (quoted !== undefined) pieces.push(html`<span class="${colon === '' ? 's' : 'k'}">${quoted}</span>${colon}`)
    else pieces.push(html`<span class="${key === undefined ? 'n' : 'k'}">${key ?? number ?? whole}</span>`)
    from = match.index + whole.length
  }
  return html`<pre>${pieces}${text.slice(from)}</pre>`
}

function happened(context: Context, event: Context['view']['history'][number]): Html {
  const { when } = say(context)
  const written = writtenWith(event, context.view)
  const quoted = written === null || written.trim() === '' ? nothing : html`<blockquote>${written}</blockquote>`
  const [, ...sentence] = elementsOf(timelineBlock(event, context.view))
  return html`<li>${when(event.at)}${sentence.map((each) => inline(context, each))}${quoted}</li>`
}

function elementsOf(block: RichTextBlockElement): readonly RichTextElement[] {
  return block.type === 'rich_text_section' ? block.elements : []
}

function inline(context: Context, element: RichTextElement): Html {
  switch (element.type) {
    case 'text':
      return element.style?.bold === true ? html`<strong>${element.text}</strong>` : html`${element.text}`
    case 'user':
      return say(context).who(element.user_id)
    case 'date':
      return html`${timeText(element.timestamp * 1_000, context.timeZone)}`
    // No line of the timeline has any of these.
    case 'link':
    case 'emoji':
    case 'channel':
    case 'team':
    case 'usergroup':
    case 'broadcast':
    case 'color':
      return nothing
  }
}

function earlierSection(context: Context): Html {
  const { earlier, view } = context
  if (isGate(view)) return nothing
  const heading = `Earlier decisions on ${view.decision.proposal.action}`
  if (earlier.length === 0)
    return section(heading, html`<p class="lead">There are none that you could have decided.</p>`)
  const rows = earlier.map((each) => earlierRow(context, each))
  const head = html`<tr><th>When</th><th>Agent</th><th>Confidence</th><th>What became of it</th></tr>`
  return section(heading, html`<div class="wide"><table><thead>${head}</thead><tbody>${rows}</tbody></table></div>`)
}

function earlierRow(context: Context, decision: Decision): Html {
  const { when, who } = say(context)
  const [look, words] = state(decision)
  const users = decision.status === 'denied' ? [decision.by] : decision.approvals.map(({ user }) => user)
  const by =
    users.length === 0 ? nothing : html` by ${users.map((user, at) => html`${at === 0 ? '' : ', '}${who(user)}`)}`
  const label = decision.outcomes.at(-1)
  const outcome = label === undefined ? nothing : html`; it was ${label.correct ? 'right' : 'wrong'}`
  const { confidence } = decision.proposal
  return html`<tr><td>${when(decision.createdAt)}</td><td>${decision.agent}</td><td>${confidence}</td><td><span class="${look}">${words}</span>${by}${outcome}</td></tr>`
}

function bandSection({ band }: Context): Html {
  return band === null ? nothing : section(`How claims from ${band.from} to ${band.to} turned out`, bandWords(band))
}

function bandWords({ n, correct, meanStated, isEnough }: LabelledBand): Html {
  const counted = n === 1 ? '1 decision' : `${n} decisions`
  if (!isEnough || meanStated === null)
    return html`<p class="lead">Of ${n === 0 ? 'none' : `only ${counted}`} of this action that claimed as much it is known how it turned out: too few to say anything.</p>`
  const share = correct / n
  return html`<p>Of ${counted} of this action that claimed as much and whose outcome is known, <strong>${correct}</strong> turned out right: ${percent(share)}, where ${percent(meanStated)} had been claimed.</p><meter min="0" max="1" value="${share}"></meter>`
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

function slackLink(url: string): Html {
  const real = realLink(url)
  return real === null ? nothing : html`<a href="${real.url}" rel="noopener noreferrer">on its card</a>`
}

/** Times and people, as this reader knows them. */
function say({ timeZone, names }: Context) {
  return {
    when: (at: Instant): Html => html`<time datetime="${toIso(at)}">${timeText(at, timeZone)}</time>`,
    who: (user: string): Html => html`@${names.get(user) ?? user}`,
  }
}

function timeText(at: Instant, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(at)
}
