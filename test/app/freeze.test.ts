/**
 * Who may freeze what, and what it does to decisions, below Slack. Broken builds that these sentences were seen to catch:
 * - fallbacks left out, or the path of another action taken -> the table. Reviewers lifting -> "only administrators lift".
 * - unknown names taken -> "names that there are". Controls not handed to `route` -> "blocks".
 * - an answer routed with what is frozen -> "changed parameters".
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFreezeWatch } from '../../src/app/watch-freezes.ts'
import type { FreezeSubject } from '../../src/domain/freeze.ts'
import { action, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { openTeam, type Team } from './team.ts'

const MANIFEST = `
defaults: { administrators: operations }
roles:
  support_lead: { members: [ULEAD], fallback: night_shift }
  night_shift: { members: [UNIGHT], fallback: security }
  team_lead: { members: [UTEAM] }
  security: { members: [USEC] }
  operations: { members: [UADMIN] }
agents:
  support-agent: { actions: [process_refund, wire_money] }
actions:
  process_refund: { severity: high, reversible: false, escalation_path: [support_lead, team_lead] }
  wire_money: { severity: high, reversible: false, escalation_path: [security] }
`
const WF = { id: 'wf-1', step_index: 0, completed_steps: [], context: {} }
const EVERYBODY = ['ULEAD', 'UNIGHT', 'UTEAM', 'USEC', 'UADMIN'] as const

let team: Team
beforeEach(() => {
  team = openTeam(MANIFEST)
})
afterEach(() => team.close())

const frozen = async () => (await team.store.freezes()).map(({ subject }) => subject)

describe('who may freeze', () => {
  it.each<readonly [what: string, subject: FreezeSubject, who: readonly string[]]>([
    [
      'an action: the roles of its path, the fallback of each, administrators',
      action('process_refund'),
      ['ULEAD', 'UNIGHT', 'UTEAM', 'UADMIN'],
    ],
    ['another action: the roles of that one', action('wire_money'), ['USEC', 'UADMIN']],
    ['a workflow: who may decide an open request of it', workflow('wf-1'), ['ULEAD', 'UNIGHT', 'UTEAM', 'UADMIN']],
    ['a workflow without open requests: administrators', workflow('wf-2'), ['UADMIN']],
    ['an agent: administrators', agent('support-agent'), ['UADMIN']],
    ['everything: administrators', EVERYTHING, ['UADMIN']],
  ])('%s', async (_, subject, who) => {
    await team.ask({ workflow: WF })
    const may: string[] = []
    for (const user of [...EVERYBODY, 'USTRANGER']) {
      const done = await team.app.freeze(user, subject, 'it charges twice')
      if (done.kind === 'frozen') {
        may.push(user)
        expect(await frozen()).toEqual([subject])
        await team.app.unfreeze('UADMIN', subject, 'mended')
        continue
      }
      expect(done).toMatchObject({ kind: 'refused', rejection: { code: 'not_eligible' } })
      expect(await frozen()).toEqual([])
    }
    expect(may).toEqual(who)
  })

  it.each(['guest', 'bot', 'deactivated', 'other_workspace', 'unknown'] as const)(
    'no account that is barred (%s), whatever role it holds; nor does it lift, or see what is frozen',
    async (barred) => {
      await team.app.freeze('UADMIN', EVERYTHING, 'it charges twice')
      expect(await team.app.freezesFor('UADMIN')).toHaveLength(1)
      team.slack.barred.set('UADMIN', barred)
      const refused = { kind: 'refused', rejection: { code: 'not_a_member' } }
      expect(await team.app.freeze('UADMIN', action('wire_money'), 'why not')).toMatchObject(refused)
      expect(await team.app.unfreeze('UADMIN', EVERYTHING, 'why not')).toMatchObject(refused)
      expect(await team.app.freezesFor('UADMIN')).toEqual([])
      expect(await frozen()).toEqual([EVERYTHING])
    },
  )

  it('says who could', async () => {
    expect(await team.app.freeze('USEC', action('process_refund'), 'why not')).toMatchObject({
      rejection: { message: 'Only operations or support_lead or team_lead or night_shift can freeze this.' },
    })
    expect(await team.app.freeze('USEC', EVERYTHING, 'why not')).toMatchObject({
      rejection: { message: 'Only operations can freeze this.' },
    })
  })

  it('follows the manifest in force, and not the one that routed a decision', async () => {
    await team.ask()
    team.clock.manifest = manifestOf(MANIFEST.replace('[support_lead, team_lead]', '[security]'))
    expect(await team.app.freeze('ULEAD', action('process_refund'), 'why')).toMatchObject({ kind: 'refused' })
    expect(await team.app.freeze('USEC', action('process_refund'), 'why')).toMatchObject({ kind: 'frozen' })
  })
})

it.each(['ULEAD', 'UNIGHT', 'UTEAM', 'USEC', 'USTRANGER'])(
  'only administrators lift: not %s, not even what they froze',
  async (user) => {
    await team.app.freeze(user, action('process_refund'), 'it charges twice')
    await team.app.freeze('UADMIN', action('process_refund'), 'it charges twice')
    expect(await team.app.unfreeze(user, action('process_refund'), 'mended')).toMatchObject({
      kind: 'refused',
      rejection: { message: 'Only operations can lift what is frozen.' },
    })
    expect(await frozen()).toEqual([action('process_refund')])
    expect(await team.app.unfreeze('UADMIN', action('process_refund'), 'mended')).toMatchObject({ kind: 'lifted' })
    expect(await frozen()).toEqual([])
  },
)

describe('what can be frozen', () => {
  it('are names that there are: in the manifest, of a key, or of what is still open', async () => {
    await team.ask()
    expect(await team.app.freeze('UADMIN', action('process_refunds'), 'why')).toEqual({
      kind: 'unknown',
      names: ['process_refund', 'wire_money'],
    })
    expect(await team.app.freeze('UADMIN', agent('nobody'), 'why')).toEqual({
      kind: 'unknown',
      names: ['support-agent'],
    })
    team.clock.manifest = manifestOf('actions: {query: {severity: low, reversible: true}}')
    team.slack.channels.set(team.clock.manifest.defaults.operations_channel, ['UADMIN'])
    expect(await team.app.freeze('UADMIN', action('process_refund'), 'why')).toMatchObject({ kind: 'frozen' })
    expect(await team.app.freeze('UADMIN', agent('support-agent'), 'why')).toMatchObject({ kind: 'frozen' })
    expect(await team.app.freeze('UADMIN', action('wire_money'), 'why')).toMatchObject({ kind: 'unknown' })
  })

  it('is frozen once: who comes second is told who did and why, and what is not frozen is not lifted', async () => {
    await team.app.freeze('ULEAD', action('process_refund'), 'it charges twice')
    expect(await team.app.freeze('UTEAM', action('process_refund'), 'another reason')).toMatchObject({
      kind: 'frozen_already',
      freeze: { by: { user: 'ULEAD', team: 'T1' }, reason: 'it charges twice' },
    })
    expect(await team.app.unfreeze('UADMIN', EVERYTHING, 'mended')).toMatchObject({
      kind: 'not_frozen',
      frozen: [{ subject: action('process_refund') }],
    })
  })

  it('is told in the operations channel, once for each time it is set or lifted', async () => {
    for (const reason of ['first', 'second']) {
      await team.app.freeze('ULEAD', action('process_refund'), reason)
      await team.app.unfreeze('UADMIN', action('process_refund'), 'mended')
    }
    const due = await team.store.dueIntents('slack', team.clock.now, 10)
    expect(due.map(({ intent }) => intent.kind === 'notice.post' && intent.notice)).toMatchObject([
      { about: 'freeze_set', subject: action('process_refund'), by: { user: 'ULEAD' }, reason: 'first' },
      {
        about: 'freeze_lifted',
        freeze: { by: { user: 'ULEAD' }, reason: 'first' },
        by: { user: 'UADMIN' },
        reason: 'mended',
      },
      { about: 'freeze_set', reason: 'second' },
      { about: 'freeze_lifted', freeze: { reason: 'second' } },
    ])
  })
})

describe('what is frozen', () => {
  it('blocks what is proposed next, with the words of who froze it, and nothing else', async () => {
    await team.app.freeze('ULEAD', action('process_refund'), 'it charges twice')
    const blocked = await team.ask()
    expect(blocked).toMatchObject({
      status: 'blocked',
      reasons: [
        {
          code: 'frozen',
          message: expect.stringMatching(
            /^the action "process_refund" is frozen by the Slack user ULEAD since .* UTC: it charges twice$/,
          ),
        },
      ],
    })
    expect(await team.ask({ action: 'wire_money' })).toMatchObject({ status: 'pending' })
    await team.app.unfreeze('UADMIN', action('process_refund'), 'mended')
    expect(await team.ask()).toMatchObject({ status: 'pending' })
  })

  it('is not approved; it is denied, asked about, answered and withdrawn as ever', async () => {
    const ids = [await team.submit(), await team.submit(), await team.submit()] as const
    await team.settled()
    await team.app.freeze('ULEAD', action('process_refund'), 'it charges twice')
    const click = (decision: string) => ({ decision, revision: 0, user: 'ULEAD' })
    const refused = { code: 'frozen', freezes: [{ reason: 'it charges twice', by: { user: 'ULEAD' } }] }
    expect(await team.app.refusal(click(ids[0]), 'approve')).toMatchObject(refused)
    expect(await team.app.approve(click(ids[0]), null)).toMatchObject({ kind: 'rejected', rejection: refused })
    expect(await team.app.view(ids[0])).toMatchObject({ frozen: [{ reason: 'it charges twice' }] })
    for (const act of ['deny', 'clarify'] as const) expect(await team.app.refusal(click(ids[0]), act)).toBeNull()
    expect(await team.app.deny(click(ids[0]), 'no')).toMatchObject({ kind: 'accepted' })
    expect(await team.app.view(ids[0])).toMatchObject({ frozen: [] })
    expect(await team.app.clarify(click(ids[1]), 'why?')).toMatchObject({ kind: 'accepted' })
    const caller = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }
    expect(await team.app.withdraw(caller, ids[2], 'no need', null)).toMatchObject({ kind: 'accepted' })
    await team.app.unfreeze('UADMIN', action('process_refund'), 'mended')
    expect(await team.app.approve(click(ids[1]), null)).toMatchObject({ kind: 'accepted' })
  })

  it('does not end a decision whose agent answers with changed parameters', async () => {
    const { id } = await team.ask()
    await team.app.clarify({ decision: id, revision: 0, user: 'ULEAD' }, 'How much?')
    await team.app.freeze('ULEAD', action('process_refund'), 'it charges twice')
    const question = (await team.read(id)).clarification?.id ?? ''
    const given = { clarification: question, answer: 'Less.', evidence: [], parameters: { amount_usd: 1 } }
    await team.app.answer({ agent: 'support-agent', apiKey: 'key_1', anyAgent: false }, id, given, null)
    expect(await team.read(id)).toMatchObject({ status: 'pending', revision: 1 })
    expect(await team.app.approve({ decision: id, revision: 1, user: 'ULEAD' }, null)).toMatchObject({
      rejection: { code: 'frozen' },
    })
  })

  it('times out as ever', async () => {
    const { id } = await team.ask()
    await team.app.freeze('UADMIN', EVERYTHING, 'it charges twice')
    team.clock.now += 25 * 3_600_000
    await team.app.sweep()
    expect(await team.read(id)).toMatchObject({ status: 'timed_out' })
  })
})

it('wakes the worker when somebody else has frozen or lifted something or queued it again, and not otherwise', async () => {
  let woken = 0
  const watch = createFreezeWatch({ store: team.store, wake: () => (woken += 1) })
  await watch()
  const before = woken
  await watch()
  expect(woken).toBe(before)
  await team.app.freeze('UADMIN', EVERYTHING, 'it charges twice')
  await watch()
  await watch()
  expect(woken).toBe(before + 1)
  // What is queued again is recorded there as well.
  await team.store.addIntents([{ kind: 'card.sync', decision: 'dec_1' }], team.clock.now)
  await team.store.replay(['card.sync dec_1'], team.clock.now, (found) => ({
    type: 'deliveries.replayed',
    at: team.clock.now,
    actor: { kind: 'operator' },
    payload: { count: found.length, first: found },
    sealed: null,
  }))
  await watch()
  expect(woken).toBe(before + 2)
})
