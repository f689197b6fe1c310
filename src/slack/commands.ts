import { card } from '../../blocks/card.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { comeBack, delegate, goAway, type Told } from './absence.ts'
import type { ActionPorts } from './actions.ts'
import { type Command, parseCommand } from './command.ts'
import { calibrationText, statsText } from './figures.ts'
import { freeze, unfreeze } from './freezes.ts'
import { commandHelp } from './help.ts'
import { listMessage } from './lists.ts'
import type { Typed } from './parse.ts'
import type { Words } from './whisper.ts'

/** Somebody typed `/approvals`: they alone are answered. */
export async function onCommand(ports: ActionPorts, typed: Typed): Promise<void> {
  const command = parseCommand(typed.text)
  await ports.whisper(typed, await answer(ports, typed.user, command))
  if (changesHome(command)) await ports.home.refresh(typed.user)
}

async function answer(ports: ActionPorts, user: string, command: Command): Promise<Words> {
  switch (command.kind) {
    case 'help':
      return { text: commandHelp(command.unknown, command.nearest) }
    case 'misread':
      return { text: command.why }
    case 'queue':
      return listMessage(ports, user, { list: { kind: 'team', named: command.of }, page: command.page })
    case 'mine':
    case 'overdue':
      return listMessage(ports, user, { list: { kind: command.kind }, page: command.page })
    case 'show':
      return show(ports, await ports.app.viewFor(user, command.id))
    case 'away':
      return told(await goAway(ports, user, command.until))
    case 'back':
      return { text: await comeBack(ports, user) }
    case 'delegate':
      return told(await delegate(ports, user, command.to, command.until))
    case 'stats':
      return { text: statsText(await ports.app.statsFor(user)) }
    case 'calibration':
      return { text: calibrationText(await ports.app.calibrationFor(user, command.action)) }
    case 'freeze':
      return { text: await freeze(ports, user, command.subject, command.reason) }
    case 'unfreeze':
      return { text: await unfreeze(ports, user, command.subject, command.reason) }
  }
}

/** Nobody learns whether there is one that they may not see. */
function show({ clock }: ActionPorts, view: DecisionView | null): Words {
  return view === null ? { text: 'There is no such request that you could decide or asked for.' } : card(view, clock())
}

function told(given: Told): Words {
  return { text: given.ok ? given.text : given.why }
}

function changesHome({ kind }: Command): boolean {
  return ['away', 'back', 'delegate', 'freeze', 'unfreeze'].includes(kind)
}
