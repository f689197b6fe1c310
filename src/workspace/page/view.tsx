/** The modal that the app opened for this person, and the App Home. */
import { type ReactNode, useState } from 'react'
import type { SeenView } from '../snapshot.ts'
import { Blocks } from './blocks.tsx'
import { Dialog } from './dialog.tsx'
import { act } from './live.ts'
import { type Form } from './shown.tsx'

type Entered = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
type Props = {
  readonly userId: string
  readonly view: SeenView
  readonly report: (trouble: string | undefined) => void
}

/** One instance a view: what is entered is kept while the app changes the view, and dropped with it. */
export function Modal({ userId, view, report }: Props): ReactNode {
  const [entered, setEntered] = useState<Entered>({})
  const [sending, setSending] = useState(false)
  const kept: Entered = Object.fromEntries(
    Object.entries(entered).filter(([blockId]) => view.blocks.some((block) => block.block_id === blockId)),
  )
  const form: Form = {
    values: kept,
    errors: view.errors,
    enter: (blockId, actionId, value) =>
      setEntered((before) => ({ ...before, [blockId]: { ...before[blockId], [actionId]: value } })),
  }
  const submit = async (): Promise<void> => {
    setSending(true)
    report(await act('submit', { userId, entered: kept }))
    setSending(false)
  }
  const close = (): void => void act('close', { userId }).then(report)
  const general = view.errors['']
  return (
    <Dialog title={view.title} close={close} testId="modal">
      <form
        className="dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div className="dialog-body">
          {general !== undefined && (
            <p className="error banner-error" role="alert">
              {general}
            </p>
          )}
          <Blocks
            blocks={view.blocks}
            form={form}
            onAction={(block, element, chosen) =>
              void act('click-in-view', {
                userId,
                blockId: block.block_id,
                actionId: element.action_id,
                chosen,
                entered: kept,
              }).then(report)
            }
          />
        </div>
        <footer className="dialog-foot">
          <button type="button" onClick={close}>
            {view.close}
          </button>
          {view.submit !== undefined && (
            <button type="submit" className="primary" disabled={sending}>
              {view.submit}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  )
}

export function Home({
  userId,
  view,
  report,
}: {
  readonly userId: string
  readonly view: SeenView | undefined
  readonly report: Props['report']
}): ReactNode {
  if (view === undefined) return <p className="quiet empty">The app has not shown anything here yet.</p>
  return (
    <div className="home" data-testid="home">
      <Blocks
        blocks={view.blocks}
        onAction={(block, element, chosen) =>
          void act('click-in-home', { userId, blockId: block.block_id, actionId: element.action_id, chosen }).then(
            report,
          )
        }
      />
    </div>
  )
}
