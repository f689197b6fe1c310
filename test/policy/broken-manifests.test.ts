import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../src/policy/load.ts'
import type { Problem } from '../../src/policy/problem.ts'

/** All problems of one text, one line each: `line:column code path | message | suggestion`. */
function problemsOf(text: string, today = '2026-11-22'): readonly string[] {
  const loaded = parseManifest([{ path: 'm.yaml', text }], today)
  return (loaded.ok ? loaded.warnings : loaded.problems).map(line)
}

function line({ severity, line, column, code, path, message, suggestion }: Problem): string {
  const mark = severity === 'warning' ? 'warning ' : ''
  return `${mark}${line}:${column} ${code} ${path} | ${message} | ${suggestion ?? ''}`
}

const roles = `roles:
  lead: { members: [ana@example.com, ben@example.com], fallback: operations }
  operations: { members: [dana@example.com] }
`
/** One action on line 5, its keys from line 6, column 5. */
const action = (keys: string, head = 'severity: low\n    reversible: true') => `${roles}actions:
  pay:
    ${head}
    ${keys}
`

const rows: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  [
    'a misspelt key of an action',
    action('aproval_required: true'),
    [
      '8:5 unknown_key actions.pay.aproval_required | `aproval_required` is not a key of an action | Did you mean `approval_required`?',
    ],
  ],
  [
    'a misspelt top-level key',
    'action: {}\nroles: { operations: { members: [ana@example.com] } }',
    ['1:1 unknown_key action | `action` is not a top-level key of a manifest | Did you mean `actions`?'],
  ],
  [
    'a key that resembles nothing',
    action('colour: red'),
    ['8:5 unknown_key actions.pay.colour | `colour` is not a key of an action | '],
  ],
  [
    'a misspelt key inside a group',
    action('thresholds: { auto_aprove_confidence: 0.9 }'),
    [
      '8:19 unknown_key actions.pay.thresholds.auto_aprove_confidence | `auto_aprove_confidence` is not a key of `thresholds` | Did you mean `auto_approve_confidence`?',
    ],
  ],
  [
    'a misspelt value',
    action('approve_with: confrim'),
    [
      '8:19 not_allowed actions.pay.approve_with | `approve_with` is "confrim", but must be one of one_click, confirm, reason | Did you mean `confirm`?',
    ],
  ],
  [
    'yes for true',
    action('audit_log: yes'),
    [
      '8:16 wrong_type actions.pay.audit_log | `audit_log` is "yes", but must be true or false | Write true, without quotes.',
    ],
  ],
  [
    'a number in quotes',
    action('approval_timeout_seconds: "900"'),
    [
      '8:31 wrong_type actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is "900", but must be a whole number of seconds, at least 1 | ',
    ],
  ],
  [
    'a timeout of nothing',
    action('approval_timeout_seconds: 0'),
    [
      '8:31 not_allowed actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is 0, but must be a whole number of seconds, at least 1 | ',
    ],
  ],
  [
    'a share above 1',
    action('thresholds: { auto_approve_confidence: 95 }'),
    [
      '8:44 not_allowed actions.pay.thresholds.auto_approve_confidence | `auto_approve_confidence` is 95, but must be a number from 0 to 1 | ',
    ],
  ],
  [
    'one role instead of a path',
    action('escalation_path: lead'),
    [
      '8:22 wrong_type actions.pay.escalation_path | `escalation_path` is "lead", but must be a list of roles | Put it in brackets: [lead].',
    ],
  ],
  [
    'an empty path',
    action('escalation_path: []'),
    [
      '8:22 not_allowed actions.pay.escalation_path | `escalation_path` is an empty list, but must be a list of at least one role | ',
    ],
  ],
  [
    'a group that is empty',
    action('conditions:'),
    ['8:5 wrong_type actions.pay.conditions | `conditions` is empty, but must be a group of keys | '],
  ],
  [
    'an action without severity',
    `${roles}actions:\n  pay:\n    reversible: true\n`,
    [
      '5:3 missing_key actions.pay.severity | an action needs the key `severity`, and it is missing | Add `severity`: one of low, high.',
    ],
  ],
  [
    'a person as a role',
    action('required_role: ana@example.com'),
    [
      '8:20 not_allowed actions.pay.required_role | `required_role` is "ana@example.com", but must be the name of a role, never a person | ',
    ],
  ],
  [
    'a misspelt role',
    action('required_role: laed'),
    ['8:20 unknown_role actions.pay.required_role | the role `laed` is not defined | Did you mean `lead`?'],
  ],
  [
    'a role on a path that nobody resembles',
    action('escalation_path: [lead, chief_financial_officer]'),
    [
      '8:29 unknown_role actions.pay.escalation_path[1] | the role `chief_financial_officer` is not defined | Defined: `lead`, `operations`.',
    ],
  ],
  [
    'a misspelt fallback',
    roles.replace('fallback: operations', 'fallback: operation') + 'actions: {}\n',
    ['2:66 unknown_role roles.lead.fallback | the role `operation` is not defined | Did you mean `operations`?'],
  ],
  [
    'a role that falls back to itself',
    roles.replace('fallback: operations', 'fallback: lead') + 'actions: {}\n',
    [
      '2:66 own_fallback roles.lead.fallback | the role `lead` names itself as its fallback | Name another role, or drop the line.',
    ],
  ],
  [
    'a default role that is not defined',
    action('audit_log: true') + 'defaults: { required_role: legal }\n',
    ['9:28 unknown_role defaults.required_role | the role `legal` is not defined | Did you mean `lead`?'],
  ],
  [
    'a calendar that is not defined',
    action('calendar: emea'),
    ['8:15 unknown_calendar actions.pay.calendar | the calendar `emea` is not defined | None is defined so far.'],
  ],
  [
    'an action of an agent that is not defined',
    action('audit_log: true') + 'agents: { bot: { actions: [pay, play] } }\n',
    ['9:33 unknown_action agents.bot.actions[1] | the action `play` is not defined | Did you mean `pay`?'],
  ],
  [
    'a role twice on a path',
    action('escalation_path: [lead, operations, lead]'),
    [
      '8:41 repeated_role actions.pay.escalation_path[2] | the escalation path names `lead` a second time | Name each role once: a level that nobody answered is not asked again.',
    ],
  ],
  [
    'more approvals than people',
    action('escalation_path: [lead, operations]\n    approvals_required: 3'),
    [
      '9:25 quorum_unreachable actions.pay.approvals_required | `pay` needs 3 people to approve, but at the level of `operations` only 1 person may | Add members to `operations`, or lower approvals_required.',
    ],
  ],
  [
    'crossed thresholds',
    action('thresholds: { auto_approve_confidence: 0.5 }'),
    [
      '8:5 thresholds_crossed actions.pay.thresholds.escalate_confidence | escalate_confidence is 0.6, which is more than auto_approve_confidence (0.5) | Below the first a decision goes higher, from the second on it passes; the first must not be the larger.',
    ],
  ],
  [
    'crossed thresholds for all',
    action('audit_log: true') + 'defaults: { thresholds: { escalate_confidence: 0.99 } }\n',
    [
      '9:48 thresholds_crossed defaults.thresholds.escalate_confidence | escalate_confidence is 0.99, which is more than auto_approve_confidence (0.95) | Below the first a decision goes higher, from the second on it passes; the first must not be the larger.',
    ],
  ],
  [
    'crossed amounts',
    action(
      'approval_required: true\n    required_role: lead\n    conditions: { auto_approve_below_usd: 600, always_approve_above_usd: 500 }',
    ),
    [
      '10:43 amounts_crossed actions.pay.conditions.auto_approve_below_usd | auto_approve_below_usd is 600, which is more than always_approve_above_usd (500) | Amounts from 500 to 600 would pass alone and need a person at once; lower the first or raise the second.',
    ],
  ],
  [
    'a risk that nobody accepted',
    action('approval_required: false', 'severity: high\n    reversible: false'),
    [
      '8:24 risk_not_accepted actions.pay.approval_required | `pay` is of high severity and irreversible, and may run without approval, but nobody answers for that | Set approval_required: true, or add accepted_risk or promotion.',
    ],
  ],
  [
    'approval by nobody',
    action('audit_log: true', 'severity: high\n    reversible: false'),
    [
      '5:3 no_role actions.pay | `pay` needs approval, but nothing says whose | Add required_role or escalation_path here, or required_role under defaults.',
    ],
  ],
  [
    'working time without a calendar',
    action('timeout_clock: working'),
    [
      '8:20 no_calendar actions.pay.timeout_clock | the timeout of `pay` runs in working time, but it has no calendar | Add calendar, or set timeout_clock: elapsed.',
    ],
  ],
  [
    'a limit of two kinds',
    action('limits: [{ count: 3, sum: amount_usd, max: 5, per: 1h }]'),
    [
      '8:14 not_allowed actions.pay.limits[0] | an entry of `limits` must have either count and per, or sum, max and per | ',
    ],
  ],
  [
    'a limit of no kind',
    action('limits: [{ per: 1h }]'),
    [
      '8:14 not_allowed actions.pay.limits[0] | an entry of `limits` must have either count and per, or sum, max and per | ',
    ],
  ],
  [
    'a time in words',
    action('limits: [{ count: 3, per: 1 hour }]'),
    ['8:31 not_allowed actions.pay.limits[0].per | `per` is "1 hour", but must be a time such as 30m, 1h or 7d | '],
  ],
  [
    'a day that does not exist',
    action('rollback: { tested_on: 2026-02-30 }'),
    [
      '8:28 not_allowed actions.pay.rollback.tested_on | `tested_on` is "2026-02-30", but must be a day that exists, as YYYY-MM-DD | ',
    ],
  ],
  [
    'an address of another kind',
    action('executor: { url: "ftp://example.com" }'),
    [
      '8:22 not_allowed actions.pay.executor.url | `url` is "ftp://example.com", but must be an address that begins with https:// or http:// | ',
    ],
  ],
  [
    'a channel without its #',
    action('channel: approvals'),
    [
      '8:14 not_allowed actions.pay.channel | `channel` is "approvals", but must be a channel in quotes ("#agent-approvals") or its id (C012ABCDEF) | ',
    ],
  ],
  [
    'a schema with a type that does not exist',
    action('parameters_schema: { type: object, properties: { a: { type: strng } } }'),
    [
      '8:65 schema_invalid actions.pay.parameters_schema.properties.a.type | the parameters_schema of `pay` is not a valid JSON Schema (2020-12): a type is one of string, number, integer, boolean, object, array, null | ',
    ],
  ],
  [
    'a schema with a misspelt keyword',
    action('parameters_schema: { type: object, requird: [a] }'),
    [
      '8:24 schema_invalid actions.pay.parameters_schema | the parameters_schema of `pay` is not a valid JSON Schema (2020-12): unknown keyword: "requird" | ',
    ],
  ],
  [
    'rules, which are not evaluated',
    action('rules: [{ when: "true", route: block, because: no }]'),
    [
      '8:5 rules_not_supported actions.pay.rules | `pay` has rules, and this version does not evaluate rules yet | Express them with conditions, limits or thresholds, or set approval_required: true, and remove the rules.',
    ],
  ],
  [
    'a member that is a name',
    roles.replace('ben@example.com', 'Ben') + 'actions: {}\n',
    [
      '2:38 not_allowed roles.lead.members[1] | an entry of `members` is "Ben", but must be an e-mail address or a Slack user id (U012ABCDEF) | ',
    ],
  ],
  [
    'hours that end before they begin',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berlin, hours: { mon-fri: "18:00-09:00" } } }\n',
    [
      '9:65 not_allowed calendars.emea.hours.mon-fri | `mon-fri` is "18:00-09:00", but must be hours in quotes such as "09:00-18:00", the first before the second | ',
    ],
  ],
  [
    'a time zone that does not exist',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berln, hours: {} } }\n',
    [
      '9:32 not_allowed calendars.emea.timezone | `timezone` is "Europe/Berln", but must be the name of a time zone such as Europe/Berlin | ',
    ],
  ],
  [
    'a name that is none',
    `${roles}actions:\n  "pay now": { severity: low, reversible: true }\n`,
    [
      "5:3 bad_name actions.pay now | `pay now` can't be the name of an action | Names begin with a letter and have letters, digits and _ . : - only, at most 100.",
    ],
  ],
  [
    'a name that every object inherits',
    `${roles}actions:\n  __proto__: { severity: low, reversible: true }\n`,
    [
      "5:3 bad_name actions.__proto__ | `__proto__` can't be the name of an action | Names begin with a letter and have letters, digits and _ . : - only, at most 100.",
    ],
  ],
  [
    'a key twice',
    action('severity: high'),
    [
      '8:5 duplicate_key actions.pay.severity | `severity` stands here a second time; the first is at m.yaml:6:5 | Keep one of the two.',
    ],
  ],
  [
    'an action twice in one file',
    action('audit_log: true') + '  pay: { severity: low, reversible: true }\n',
    [
      '9:3 duplicate_key actions.pay | `pay` stands here a second time; the first is at m.yaml:5:3 | Keep one of the two.',
    ],
  ],
  [
    'a bracket that is never closed',
    `actions:\n  pay: { severity: low\n`,
    [
      '3:1 yaml_syntax  | this is not valid YAML: a bracket or brace is opened and not closed | Look at the lines above for a bracket without its pair, and align the lines of one level.',
    ],
  ],
  [
    'a tab as indentation',
    'actions:\n\tpay: {}\n',
    [
      '2:1 yaml_syntax  | this is not valid YAML: tabs are not allowed as indentation | Indent with spaces, never with tabs.',
    ],
  ],
  [
    'two documents in a file',
    'actions: {}\n---\nroles: {}\n',
    [
      '2:1 yaml_syntax  | this is not valid YAML: the file has more than one document | Put what follows the --- into a file of its own.',
    ],
  ],
  [
    'YAML 1.1',
    '%YAML 1.1\n---\nactions: {}\n',
    [
      '1:1 yaml_version  | the file declares itself as YAML 1.1, in which yes and no are not texts | Remove the %YAML line: the manifest is YAML 1.2.',
    ],
  ],
  [
    'a tag of another language',
    'actions: !!python/object:os.system {}\n',
    ['1:10 yaml_syntax  | this is not valid YAML: unresolved tag: tag:yaml.org,2002:python/object:os.system | '],
  ],
  [
    'a list as a file',
    '- actions\n',
    [
      '1:1 wrong_type  | the file is a list, but must be a group of keys | Allowed here: defaults, roles, calendars, agents, actions.',
    ],
  ],
  [
    'actions as a list',
    `${roles}actions:\n  - pay\n`,
    ['4:1 wrong_type actions | `actions` is a list, but must be a group of keys | '],
  ],
  [
    'a file above 1 MiB',
    `# ${'x'.repeat(1024 * 1024)}\n`,
    ['1:1 file_too_large  | the file is larger than 1 MiB | Split it: all files are read together.'],
  ],
  [
    'aliases of aliases',
    `defaults: { nudge_at: &a [0.5] }\nroles:\n  b: &b [${'*a,'.repeat(99)}*a]\n  c: [${'*b,'.repeat(99)}*b]\n`,
    ['1:1 too_many_aliases  | the file repeats aliases (*name) too often | Write the repeated parts out.'],
  ],
  [
    'several problems at once, in file order',
    `defaults: { chanel: "#x" }\n${roles}actions:\n  pay: { severity: hihg, reversible: true }\n  look: { severity: low, reversible: true, required_role: laed }\n`,
    [
      '1:13 unknown_key defaults.chanel | `chanel` is not a key of defaults | Did you mean `channel`?',
      '6:20 not_allowed actions.pay.severity | `severity` is "hihg", but must be one of low, high | Did you mean `high`?',
      '7:59 unknown_role actions.look.required_role | the role `laed` is not defined | Did you mean `lead`?',
    ],
  ],
  [
    'warns of administrators that are not defined',
    'roles: { ops: { members: [ana@example.com] } }\nactions: {}\n',
    [
      'warning 1:1 no_administrators defaults.administrators | administrators is the role `operations`, which is not defined, so it means all full members of #agent-ops | Defined: `ops`.',
    ],
  ],
  [
    'warns of a role that nobody can have',
    roles + '  ghost: {}\nactions: {}\n',
    [
      'warning 4:10 empty_role roles.ghost | nobody can ever be a `ghost`: it has no members, usergroups or channels | ',
    ],
  ],
  [
    'warns of a sum that the agent can spread',
    action('limits: [{ sum: amount_usd, max: 500, per: 24h, by: customer_id }]'),
    [
      'warning 8:14 limit_by_agent_choice actions.pay.limits[0] | the agent itself supplies customer_id, so the limit of amount_usd 500 per 24h for each customer_id can be spread over many values, and nothing caps the whole | Add a limit without `by`, such as { sum: amount_usd, max: 5000, per: 24h }.',
    ],
  ],
  [
    'warns of an SLA that does not fit',
    action('required_role: operations\n    approval_timeout_seconds: 900\n    sla_minutes: 10'),
    [
      'warning 9:31 sla_does_not_fit actions.pay.approval_timeout_seconds | the timeout of 900 seconds is too short to give everybody on the escalation path of `pay` their whole SLA (low 10, normal 10, high 10, critical 10 minutes), so each person gets 5 minutes | Raise approval_timeout_seconds or lower sla_minutes.',
    ],
  ],
  [
    'warns of a risk whose time is over',
    action(
      'approval_required: false\n    required_role: lead\n    accepted_risk: { owner: ana@example.com, reason: test data, until: 2026-11-21 }',
      'severity: high\n    reversible: false',
    ),
    [
      'warning 10:72 evidence_run_out actions.pay.accepted_risk.until | the accepted risk ran out on 2026-11-21, so `pay` requires approval until that is renewed | ',
    ],
  ],
  [
    'warns of a rollback that was tested long ago',
    action('rollback: { tested_on: 2026-05-25 }'),
    [
      'warning 8:28 evidence_run_out actions.pay.rollback.tested_on | the rollback was last tested on 2026-05-25, more than 180 days ago, so `pay` requires approval until that is renewed | ',
    ],
  ],
  [
    'warns of conditions that do nothing',
    action('conditions: { auto_approve_below_usd: 5 }'),
    [
      'warning 8:17 conditions_unused actions.pay.conditions | the conditions of `pay` do nothing, since it needs no approval | Set approval_required: true if the amounts should decide.',
    ],
  ],
  [
    'warns of a required role beside another path',
    action('required_role: operations\n    escalation_path: [lead, operations]'),
    [
      'warning 8:20 role_before_path actions.pay.required_role | required_role is `operations`, but the escalation path begins with `lead`; `operations` is asked first | Begin escalation_path with `operations`, or drop required_role.',
    ],
  ],
]

describe('a broken manifest', () => {
  it.each(rows)('%s', (_what, text, expected) => {
    expect(problemsOf(text)).toEqual(expected)
  })
})
