/** A list of messages, oldest first, and the line in which one writes the next. */
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { SeenMessage, Snapshot } from '../snapshot.ts'
import { Blocks } from './blocks.tsx'
import { MrkdwnText, type OnAction } from './shown.tsx'
import { clockTime, dayName } from './time.ts'

type ListProps = {
  readonly seen: Snapshot
  readonly messages: readonly SeenMessage[]
  readonly onAction: (message: SeenMessage) => OnAction
  readonly openThread?: (ts: string) => void
  readonly dismiss: (ts: string) => void
}

export function MessageList({ seen, messages, onAction, openThread, dismiss }: ListProps): ReactNode {
  const end = useRef<HTMLDivElement>(null)
  const last = messages.at(-1)?.ts
  // A new last message is the reason to scroll. Newer browsers answer a promise here, which is no clean-up.
  useEffect(() => {
    if (last !== undefined) end.current?.scrollIntoView({ block: 'end' })
  }, [last])
  const now = Date.now()
  return (
    <div className="messages" role="log" aria-label="Messages">
      <div className="spacer" />
      {messages.length === 0 && <p className="quiet empty">Nothing has been said here yet.</p>}
      {messages.map((message, index) => {
        const day = dayName(message.ts, now, seen.timeZone)
        const before = messages[index - 1]
        const newDay = before === undefined || dayName(before.ts, now, seen.timeZone) !== day
        return (
          <div key={message.ts}>
            {newDay && (
              <div className="day">
                <span>{day}</span>
              </div>
            )}
            <OneMessage
              seen={seen}
              message={message}
              onAction={onAction(message)}
              openThread={openThread}
              dismiss={dismiss}
            />
          </div>
        )
      })}
      <div ref={end} />
    </div>
  )
}

type MessageProps = {
  readonly seen: Snapshot
  readonly message: SeenMessage
  readonly onAction: OnAction
  readonly openThread: ((ts: string) => void) | undefined
  readonly dismiss: (ts: string) => void
}

function OneMessage({ seen, message, onAction, openThread, dismiss }: MessageProps): ReactNode {
  const author = seen.people.find((person) => person.id === message.user)
  const name = author?.realName ?? (message.user === 'USLACKBOT' ? 'Workspace' : message.user)
  return (
    <article
      className={message.onlyYou ? 'message only-you' : 'message'}
      data-testid="message"
      data-ts={message.ts}
      aria-label={`Message from ${name}`}
    >
      <Avatar name={name} id={message.user} />
      <div className="grow">
        {message.onlyYou && <div className="quiet only-you-note">👁 Only visible to you</div>}
        <div className="byline">
          <strong>{name}</strong>
          {author?.note !== undefined && <span className="tag">{author.note}</span>}
          <time className="quiet">{clockTime(message.ts, seen.timeZone)}</time>
          {message.edited && <span className="quiet">(edited)</span>}
        </div>
        {message.blocks === undefined ? (
          <MrkdwnText text={message.text} />
        ) : (
          <Blocks blocks={message.blocks} onAction={onAction} />
        )}
        {message.onlyYou && (
          <button type="button" className="link" onClick={() => dismiss(message.ts)}>
            Dismiss
          </button>
        )}
        {openThread !== undefined && !message.onlyYou && (
          <button
            type="button"
            className={message.replies > 0 ? 'link replies' : 'link replies hover'}
            onClick={() => openThread(message.ts)}
          >
            {message.replies === 0
              ? 'Reply in thread'
              : `${message.replies} ${message.replies === 1 ? 'reply' : 'replies'}`}
          </button>
        )}
      </div>
    </article>
  )
}

const hues = [12, 150, 265, 205, 330, 45, 95, 180]

export function Avatar({ name, id }: { readonly name: string; readonly id: string }): ReactNode {
  const hue = hues[Array.from(id).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % hues.length] ?? 0
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0))
    .join('')
  return (
    <span className="avatar" aria-hidden="true" style={{ background: `hsl(${hue} 45% 42%)` }}>
      {initials}
    </span>
  )
}

export function Composer({
  label,
  send,
}: {
  readonly label: string
  readonly send: (text: string) => void
}): ReactNode {
  const [text, setText] = useState('')
  const submit = (): void => {
    if (text.trim() === '') return
    send(text.trim())
    setText('')
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        rows={1}
        value={text}
        aria-label={label}
        placeholder={label}
        data-testid="composer"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          submit()
        }}
      />
      <button type="submit" className="primary" aria-label="Send" disabled={text.trim() === ''}>
        Send
      </button>
    </form>
  )
}
