/** The whole page: who one is, where one is, and what is there. */
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import type { SeenChannel, SeenMessage, Snapshot } from '../snapshot.ts'
import { act, useSnapshot } from './live.ts'
import { Avatar, Composer, MessageList } from './messages.tsx'
import { Names, type OnAction } from './shown.tsx'
import { Home, Modal } from './view.tsx'

const first = 'U0ANA00001'

/** The address keeps who and where, so that a reload or a second window stays: `#U0ANA00001/C0APPROVAL`. */
function readAddress(): { readonly userId: string; readonly place: string; readonly thread: string } {
  const [userId, place, thread] = window.location.hash.slice(1).split('/')
  return { userId: userId || first, place: place ?? '', thread: thread ?? '' }
}

export function App(): ReactNode {
  const [address, setAddress] = useState(readAddress)
  const [trouble, setTrouble] = useState<string>()
  const [menu, setMenu] = useState(false)
  const seen = useSnapshot(address.userId)
  useEffect(() => {
    const follow = (): void => setAddress(readAddress())
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  const go = useCallback((userId: string, place: string, thread = '') => {
    window.location.hash = [userId, place, thread].filter((part) => part !== '').join('/')
    setMenu(false)
    setTrouble(undefined)
  }, [])
  if (seen === undefined) return <Banner />
  const channel = seen.channels.find((each) => each.id === address.place) ?? seen.channels[0]
  const home = address.place === 'home'
  return (
    <Names.Provider value={seen}>
      <Banner />
      <div className={menu ? 'workspace menu-open' : 'workspace'}>
        <Sidebar seen={seen} userId={address.userId} current={home ? 'home' : (channel?.id ?? '')} go={go} />
        <main>
          {home ? (
            <>
              <Top title={seen.appName} note="App Home" openMenu={() => setMenu(!menu)} />
              <Home userId={address.userId} view={seen.home} report={setTrouble} />
            </>
          ) : channel === undefined ? (
            <p className="quiet empty">This person is in no channel.</p>
          ) : (
            <ChannelPane
              seen={seen}
              channel={channel}
              userId={address.userId}
              report={setTrouble}
              openMenu={() => setMenu(!menu)}
              openThread={(ts) => go(address.userId, channel.id, ts)}
            />
          )}
          {trouble !== undefined && (
            <p className="trouble" role="alert" data-testid="trouble">
              {trouble}
              <button type="button" className="plain" aria-label="Dismiss" onClick={() => setTrouble(undefined)}>
                ✕
              </button>
            </p>
          )}
        </main>
        {!home && channel !== undefined && address.thread !== '' && (
          <ThreadPane
            seen={seen}
            channel={channel}
            ts={address.thread}
            userId={address.userId}
            report={setTrouble}
            close={() => go(address.userId, channel.id)}
          />
        )}
      </div>
      {seen.view !== undefined && (
        <Modal key={seen.view.id} userId={address.userId} view={seen.view} report={setTrouble} />
      )}
    </Names.Provider>
  )
}

function Banner(): ReactNode {
  return (
    <div className="banner" role="note" data-testid="banner">
      <strong>Local workspace: this is not Slack.</strong> <span>Nothing here leaves this computer.</span>
    </div>
  )
}

function Top({
  title,
  note,
  openMenu,
}: {
  readonly title: string
  readonly note: string
  readonly openMenu: () => void
}): ReactNode {
  return (
    <header className="top">
      <button type="button" className="plain menu-button" aria-label="Channels and people" onClick={openMenu}>
        ☰
      </button>
      <h1>{title}</h1>
      <span className="quiet">{note}</span>
    </header>
  )
}

type SidebarProps = {
  readonly seen: Snapshot
  readonly userId: string
  readonly current: string
  readonly go: (userId: string, place: string) => void
}

function Sidebar({ seen, userId, current, go }: SidebarProps): ReactNode {
  const actors = seen.people.filter((person) => person.canAct)
  const me = actors.find((person) => person.id === userId)
  const openHome = (): void => {
    go(userId, 'home')
    void act('open-home', { userId })
  }
  const openDm = async (): Promise<void> => {
    const response = await fetch('/page/open-dm', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userId }),
    })
    const opened: { readonly channel: string } = await response.json()
    go(userId, opened.channel)
  }
  const dm = seen.channels.find((channel) => channel.kind === 'dm')
  return (
    <nav className="sidebar" aria-label="Workspace">
      <label className="acting">
        <span>Acting as</span>
        <span className="acting-row">
          <Avatar name={me?.realName ?? '?'} id={userId} />
          <select
            aria-label="Acting as"
            data-testid="acting-as"
            value={userId}
            onChange={(event) => go(event.target.value, current)}
          >
            {actors.map((person) => (
              <option key={person.id} value={person.id}>
                {person.realName}
                {person.note === undefined ? '' : ` (${person.note})`}
              </option>
            ))}
          </select>
        </span>
        <span className="zone">Times in {seen.timeZone.replaceAll('_', ' ')}</span>
      </label>
      <h2>Channels</h2>
      <ul>
        {seen.channels
          .filter((channel) => channel.kind !== 'dm')
          .map((channel) => (
            <Entry
              key={channel.id}
              current={current === channel.id}
              unread={channel.unread}
              onClick={() => go(userId, channel.id)}
            >
              <span className="sign">{channel.kind === 'private' ? '🔒' : '#'}</span> {channel.name}
            </Entry>
          ))}
      </ul>
      <h2>App</h2>
      <ul>
        <Entry current={dm !== undefined && current === dm.id} unread={dm?.unread ?? 0} onClick={() => void openDm()}>
          <span className="sign">✉</span> {seen.appName}
        </Entry>
        <Entry current={current === 'home'} unread={0} onClick={openHome}>
          <span className="sign">⌂</span> App Home
        </Entry>
      </ul>
    </nav>
  )
}

function Entry({
  current,
  unread,
  onClick,
  children,
}: {
  readonly current: boolean
  readonly unread: number
  readonly onClick: () => void
  readonly children: ReactNode
}): ReactNode {
  return (
    <li>
      <button
        type="button"
        className={unread > 0 && !current ? 'entry unread' : 'entry'}
        aria-current={current ? 'page' : undefined}
        onClick={onClick}
      >
        <span className="grow">{children}</span>
        {unread > 0 && !current && (
          <span className="count" role="status" aria-label={`${unread} unread`}>
            {unread}
          </span>
        )}
      </button>
    </li>
  )
}

type PaneProps = {
  readonly seen: Snapshot
  readonly channel: SeenChannel
  readonly userId: string
  readonly report: (trouble: string | undefined) => void
}

const clickOn =
  ({ channel, userId, report }: PaneProps) =>
  (message: SeenMessage): OnAction =>
  (block, element, chosen) =>
    void act('click', {
      userId,
      channel: channel.id,
      ts: message.ts,
      blockId: block.block_id,
      actionId: element.action_id,
      chosen,
    }).then(report)

function ChannelPane(
  props: PaneProps & { readonly openMenu: () => void; readonly openThread: (ts: string) => void },
): ReactNode {
  const { seen, channel, userId, report, openMenu, openThread } = props
  const messages = channel.messages.filter((message) => message.inChannel)
  const last = messages.at(-1)?.ts
  useEffect(() => {
    if (last !== undefined) void act('read', { userId, channel: channel.id, ts: last })
  }, [userId, channel.id, last])
  const send = (text: string): void => {
    const [, command, rest] = /^(\/[\w-]+)\s*(.*)$/s.exec(text) ?? []
    const done =
      command === undefined
        ? act('say', { userId, channel: channel.id, text })
        : act('command', { userId, channel: channel.id, command, text: rest })
    void done.then(report)
  }
  const title = channel.kind === 'dm' ? channel.name : `#${channel.name}`
  return (
    <>
      <Top
        title={title}
        note={channel.kind === 'dm' ? 'direct message' : `${channel.members} members`}
        openMenu={openMenu}
      />
      <MessageList
        seen={seen}
        messages={messages}
        onAction={clickOn(props)}
        openThread={openThread}
        dismiss={(ts) => void act('dismiss', { userId, ts })}
      />
      <Composer label={`Message ${title}`} send={send} />
    </>
  )
}

function ThreadPane(props: PaneProps & { readonly ts: string; readonly close: () => void }): ReactNode {
  const { seen, channel, userId, report, ts, close } = props
  const messages = channel.messages.filter((message) => message.ts === ts || message.thread === ts)
  return (
    <aside className="thread" aria-label="Thread" data-testid="thread">
      <header className="top">
        <h1>Thread</h1>
        <span className="quiet grow">#{channel.name}</span>
        <button type="button" className="plain" aria-label="Close thread" onClick={close}>
          ✕
        </button>
      </header>
      <MessageList
        seen={seen}
        messages={messages}
        onAction={clickOn(props)}
        dismiss={(each) => void act('dismiss', { userId, ts: each })}
      />
      <Composer
        label="Reply…"
        send={(text) => void act('say', { userId, channel: channel.id, text, thread: ts }).then(report)}
      />
    </aside>
  )
}
