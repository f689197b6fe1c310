/*
 * What people who write policies get wrong, and the exact line that tells them: each one was read aloud.
 *
 * Broken builds that these sentences were seen to catch: a quote reported where the file ends; one mistake told twice; a
 * decimal comma corrected to another number; a calendar without hours, with rows that overlap, or with holidays of
 * nowhere let through; rows that only meet, or are about other days, refused.
 */
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

const calendar = (keys: string) =>
  `${action('audit_log: true')}calendars: { emea: { timezone: Europe/Berlin, ${keys} } }\n`

const ruled = (when: string) =>
  action(`parameters_schema: { type: object, required: [order_id, amount_usd, lines], properties: { order_id: { type: string }, amount_usd: { type: number }, country: { type: string }, lines: { type: array, items: { type: object, required: [price], properties: { price: { type: number } } } } } }
    rules:
      - { when: '${when}', route: block, because: no }`)

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
      '8:31 wrong_type actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is "900", but must be a whole number of seconds, at least 1 | Write 900, without quotes.',
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
      '8:44 not_allowed actions.pay.thresholds.auto_approve_confidence | `auto_approve_confidence` is 95, but must be a number from 0 to 1 | Write 0.95 for 95%.',
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
    roles.replace('fallback: operations', 'fallback: operation') +
      'actions: { look: { severity: low, reversible: true } }\n',
    ['2:66 unknown_role roles.lead.fallback | the role `operation` is not defined | Did you mean `operations`?'],
  ],
  [
    'a role that falls back to itself',
    roles.replace('fallback: operations', 'fallback: lead') +
      'actions: { look: { severity: low, reversible: true } }\n',
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
      '8:14 not_allowed actions.pay.limits[0] | an entry of `limits` must have either count and per, or sum, max and per | Keep the keys of one limit under one dash: - { count: 20, per: 1h }.',
    ],
  ],
  [
    'a limit of no kind',
    action('limits: [{ per: 1h }]'),
    [
      '8:14 not_allowed actions.pay.limits[0] | an entry of `limits` must have either count and per, or sum, max and per | Keep the keys of one limit under one dash: - { count: 20, per: 1h }.',
    ],
  ],
  [
    'a time in words',
    action('limits: [{ count: 3, per: 1 hour }]'),
    [
      '8:31 not_allowed actions.pay.limits[0].per | `per` is "1 hour", but must be a time such as 30m, 1h or 7d | Write 1h.',
    ],
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
      '8:14 not_allowed actions.pay.channel | `channel` is "approvals", but must be a channel in quotes ("#agent-approvals") or its id (C012ABCDEF) | Write "#approvals".',
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
  ...(
    [
      [
        'a rule with one =',
        'parameters.amount_usd = 5',
        '40 rule_syntax',
        'the condition cannot be used: one = compares nothing | Write == for "is equal to".',
      ],
      [
        'a rule with "and"',
        'parameters.amount_usd > 5 and true',
        '44 rule_syntax',
        'the condition cannot be used: "and" is written && | Write && for "and".',
      ],
      [
        'a rule that names nothing',
        'parametrs.amount_usd > 500',
        '17 rule_unknown_name',
        'there is nothing called `parametrs` | Did you mean `parameters`?',
      ],
      [
        'a rule that forgets parameters',
        'amount_usd > 500',
        '17 rule_unknown_name',
        'there is nothing called `amount_usd` | Write parameters.amount_usd.',
      ],
      [
        'a rule with a misspelt parameter',
        'parameters.contry == "KP"',
        '28 rule_unknown_parameter',
        'there is no parameter `contry` in parameters_schema | Did you mean `country`?',
      ],
      [
        'a misspelt parameter in brackets',
        'parameters["contry"] == "x"',
        '28 rule_unknown_parameter',
        'there is no parameter `contry` in parameters_schema | Did you mean `country`?',
      ],
      [
        'a misspelt parameter in has()',
        'has(parameters.contry)',
        '17 rule_unknown_parameter',
        'there is no parameter `contry` in parameters_schema | Did you mean `country`?',
      ],
      [
        'a misspelt parameter asked for with in',
        '"contry" in parameters',
        '17 rule_unknown_parameter',
        'there is no parameter `contry` in parameters_schema | Did you mean `country`?',
      ],
      [
        'brackets in brackets in brackets',
        `size("((") == 2 && ${'('.repeat(51)}true${')'.repeat(51)}`,
        '87 rule_syntax',
        'the condition cannot be used: it is nested too deeply | Split it into several rules.',
      ],
      [
        'a misspelt field inside a list',
        'parameters.lines.exists(l, l.prize > 3.0)',
        '46 rule_unknown_parameter warning',
        '`l` has no `prize` in parameters_schema, though agents may send it | Did you mean `price`?',
      ],
      [
        'a misspelt function',
        'parameters.order_id.startswith("A")',
        '37 rule_unknown_function',
        'there is no function `startswith` in rules | Did you mean `startsWith`?',
      ],
      [
        'a number compared with a text',
        'parameters.amount_usd > "500"',
        '40 rule_type',
        '`>` cannot be used on these two: `parameters.amount_usd` is a number, and "500" is a text | Write 500, without quotes.',
      ],
      [
        'a number that is never a text',
        'parameters.amount_usd == "500"',
        '40 rule_type',
        'these two are never equal: `parameters.amount_usd` is a number, and "500" is a text | Write 500, without quotes.',
      ],
      [
        'a comparison with null',
        'requested_by == null',
        '30 rule_type',
        'these two are never equal: `requested_by` is a text, and one is nothing (null) | Write requested_by == "" for "nobody is named".',
      ],
      [
        'null for what is not there',
        'parameters.order_id != null',
        '38 rule_type',
        'these two are never equal: `parameters.order_id` is a text, and one is nothing (null) | Write has(parameters.order_id) for "it is there".',
      ],
      [
        'a decimal comma',
        'parameters.amount_usd > 100,50',
        '45 rule_syntax',
        'the condition cannot be used: a number has a comma in it | Write 100.50, with a point.',
      ],
      [
        'a comma between the thousands',
        'parameters.amount_usd > 1,000',
        '43 rule_syntax',
        'the condition cannot be used: a number has a comma in it | Write 1000, without the comma.',
      ],
      [
        'a point between the thousands',
        'parameters.amount_usd > 1.000,50',
        '47 rule_syntax',
        'the condition cannot be used: a number has a comma in it | Write 1000.50, with a point and nothing between the thousands.',
      ],
      [
        'curly quotes',
        'parameters.order_id == “VIP”',
        '41 rule_syntax',
        'the condition cannot be used: curly quotes begin no text | Use straight quotes: "VIP".',
      ],
      [
        'a text that is never allowed',
        'urgency == "urgent"',
        '25 rule_never warning',
        '"urgent" is none of the values allowed here ("low", "normal", "high", "critical"), so this part never holds | Defined: `low`, `normal`, `high`, `critical`.',
      ],
      [
        'a whole number times a number of a request',
        'parameters.amount_usd * 2 > 100',
        '40 rule_type',
        '`*` mixes a number of a request with a whole number, which CEL does not do | Write whole numbers with .0 there: 2.0 for 2; and double(...) around size(...).',
      ],
      [
        'a rule that is no question',
        'parameters.amount_usd',
        '17 rule_type',
        'it gives a number, not true or false | Compare it with something.',
      ],
      [
        'a pattern that agents choose',
        'parameters.order_id.matches(parameters.order_id)',
        '37 rule_type',
        'the pattern of `matches` is not written as a text in the rule | Write it in quotes: a pattern that an agent sends could match anything.',
      ],
      [
        'a pattern that repeats too much',
        'parameters.order_id.matches("(a{100}){100}")',
        '46 rule_too_costly',
        'the condition cannot be used: its pattern is too long or repeats too much: at most 200 characters, and {n} multiplied up to 200 | Use a shorter pattern, or + instead of {n}.',
      ],
      [
        'a rule of too many parts',
        `true${' && 1 == 1'.repeat(67)}`,
        '17 rule_too_costly',
        'the condition cannot be used: it has 269 parts, more than the 200 that one rule may have | Split it into several rules.',
      ],
      [
        'an optional parameter read without has()',
        'parameters.country == "KP"',
        '28 rule_optional_parameter warning',
        '`parameters.country` is optional in parameters_schema: a request without it goes higher, since the rule then fails | Write has(parameters.country) && ..., or list it under required.',
      ],
    ] as const
  ).map(([what, when, found, said]): readonly [what: string, text: string, expected: readonly string[]] => {
    const [column, code, severity] = found.split(' ')
    const warning = severity === 'warning' ? 'warning ' : ''
    return [what, ruled(when), [`${warning}10:${column} ${code} actions.pay.rules[0].when | ${said}`]]
  }),
  [
    'parameters that the schema does not have',
    action(`redact: [cart_number]
    identity_parameters: [oder_id]
    limits: [{ count: 1, per: 1h, by: custmer }]
    parameters_schema: { type: object, properties: { card_number: {}, order_id: {}, customer: {} } }`),
    [
      'warning 8:14 unknown_parameter actions.pay.redact[0] | `redact` names the parameter `cart_number`, which parameters_schema does not have | Did you mean `card_number`?',
      'warning 9:27 unknown_parameter actions.pay.identity_parameters[0] | `identity_parameters` names the parameter `oder_id`, which parameters_schema does not have | Did you mean `order_id`?',
      'warning 10:39 unknown_parameter actions.pay.limits[0].by | `by` names the parameter `custmer`, which parameters_schema does not have | Did you mean `customer`?',
    ],
  ],
  [
    'parameters that no reviewer could change',
    action(`redact: [card]
    editable_parameters: [card, lines, memo, amount, level]
    parameters_schema:
      type: object
      properties:
        card: { type: string }
        lines: { type: array }
        memo: { type: [string, "null"] }
        amount: { type: integer }
        level: { enum: [1, 2, null] }`),
    [
      'warning 9:27 not_editable actions.pay.editable_parameters[0] | `card` is in redact as well, so nobody is shown it and no reviewer can change it | Take it out of one of the two.',
      'warning 9:33 not_editable actions.pay.editable_parameters[1] | `lines` is a list or a group of keys by parameters_schema, which no reviewer can change | Reviewers can change texts, numbers, true or false, and one of several values (enum).',
    ],
  ],
  [
    'a member that is a name',
    roles.replace('ben@example.com', 'Ben') + 'actions: { look: { severity: low, reversible: true } }\n',
    [
      '2:38 not_allowed roles.lead.members[1] | an entry of `members` is "Ben", but must be an e-mail address or a Slack user id (U012ABCDEF) | A profile in Slack has the id under "Copy member ID".',
    ],
  ],
  [
    'hours that end before they begin',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berlin, hours: { mon-fri: "18:00-09:00" } } }\n',
    [
      '9:65 not_allowed calendars.emea.hours.mon-fri | `mon-fri` is "18:00-09:00", but must be hours in quotes such as "09:00-18:00", the first before the second | Write a night as two rows, such as mon-fri: "18:00-24:00" and tue-sat: "00:00-09:00".',
    ],
  ],
  [
    'hours that are no time of day',
    calendar('hours: { mon-fri: "09:00-25:00", sat: "9 to 5" }'),
    [
      '9:65 not_allowed calendars.emea.hours.mon-fri | `mon-fri` is "09:00-25:00", but must be hours in quotes such as "09:00-18:00", the first before the second | ',
      '9:85 not_allowed calendars.emea.hours.sat | `sat` is "9 to 5", but must be hours in quotes such as "09:00-18:00", the first before the second | ',
    ],
  ],
  [
    'a calendar without hours',
    calendar('hours: {}'),
    [
      '9:54 never_open calendars.emea.hours | the calendar `emea` has no hours, so a clock that counts them would stand still | Add the working hours: { mon-fri: "09:00-18:00" }.',
    ],
  ],
  [
    'a day whose hours are told twice',
    calendar('hours: { mon-fri: "09:00-18:00", fri-sat: "09:00-14:00", sun: "09:00-14:00", mon: "18:00-20:00" }'),
    [
      '9:89 hours_overlap calendars.emea.hours.fri-sat | `fri-sat` (09:00-14:00) and `mon-fri` (09:00-18:00) overlap: both are about fri | Give each hour of a day in one row only.',
    ],
  ],
  [
    'holidays of a country under a code that is none',
    calendar('hours: { mon: "09:00-18:00" }, holidays: UK'),
    [
      '9:88 unknown_holidays calendars.emea.holidays | `holidays` is "UK", but no country whose holidays are known has the code UK | Write the ISO 3166 code of a country, such as DE, GB or US, or leave the key out.',
    ],
  ],
  [
    'holidays of a state that its country does not have',
    calendar('hours: { mon: "09:00-18:00" }, holidays: GB-LON'),
    [
      '9:88 unknown_holidays calendars.emea.holidays | `holidays` is "GB-LON", but GB has no state of that code with holidays of its own | Allowed: GB, GB-ALD, GB-ENG, GB-NIR, GB-SCT, GB-WLS.',
    ],
  ],
  [
    'holidays of a country in words',
    calendar('hours: { mon: "09:00-18:00" }, holidays: Germany'),
    [
      '9:88 not_allowed calendars.emea.holidays | `holidays` is "Germany", but must be a country code such as DE or DE-BY | ',
    ],
  ],
  [
    'working time for all actions, and no calendar',
    action('audit_log: true') + 'defaults: { timeout_clock: working }\n',
    [
      '5:3 no_calendar actions.pay.timeout_clock | the timeout of `pay` runs in working time, but it has no calendar | Add calendar, or set timeout_clock: elapsed.',
    ],
  ],
  [
    'a time zone that does not exist',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berln, hours: {} } }\n',
    [
      '9:32 not_allowed calendars.emea.timezone | `timezone` is "Europe/Berln", but must be the name of a time zone such as Europe/Berlin | Did you mean `Europe/Berlin`?',
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
    'actions: { look: { severity: low, reversible: true } }\n---\nroles: {}\n',
    [
      '2:1 yaml_syntax  | this is not valid YAML: the file has more than one document | Put what follows the --- into a file of its own.',
    ],
  ],
  [
    'YAML 1.1',
    '%YAML 1.1\n---\nactions: { look: { severity: low, reversible: true } }\n',
    [
      '1:1 yaml_version  | the file declares itself as YAML 1.1, in which yes and no are not texts | Remove the %YAML line: the manifest is YAML 1.2.',
    ],
  ],
  [
    'a tag of another language',
    'actions: !!python/object:os.system {}\n',
    [
      '1:10 yaml_syntax  | this is not valid YAML: !!python/object:os.system is not known here | A text that begins with ! needs quotes.',
    ],
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
    [
      '4:1 wrong_type actions | `actions` is a list, but must be a group of keys | Write each name with a colon after it, and no dash before it.',
    ],
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
    'a tab among spaces',
    `actions:\n  pay:\n    severity: low\n\t  reversible: true\n`,
    [
      '4:1 yaml_syntax  | this is not valid YAML: tabs are not allowed as indentation | Indent with spaces, never with tabs.',
    ],
  ],
  [
    'a channel without quotes',
    action('channel: #approvals'),
    [
      '8:5 wrong_type actions.pay.channel | `channel` is empty, but must be a channel in quotes ("#agent-approvals") or its id (C012ABCDEF) | Without quotes, # begins a remark: write "#agent-approvals".',
    ],
  ],
  [
    'a channel without quotes in a list',
    `roles:\n  lead:\n    channels: [#leads]\n    members: [ana@example.com]\n`,
    [
      '3:16 yaml_syntax  | this is not valid YAML: without quotes, # begins a remark | Put quotes round a channel: "#agent-approvals".',
    ],
  ],
  [
    'a threshold in percent',
    action('thresholds: { auto_approve_confidence: 95% }'),
    [
      '8:44 wrong_type actions.pay.thresholds.auto_approve_confidence | `auto_approve_confidence` is "95%", but must be a number from 0 to 1 | Write 0.95 for 95%.',
    ],
  ],
  [
    'an amount with a thousands separator',
    action(
      'conditions: { auto_approve_below_usd: "1,000" }',
      'severity: high\n    reversible: false\n    required_role: lead',
    ),
    [
      '9:43 wrong_type actions.pay.conditions.auto_approve_below_usd | `auto_approve_below_usd` is "1,000", but must be an amount of at least 0 | Write 1000, without the comma.',
    ],
  ],
  [
    'the same inside braces',
    action(
      'conditions: { auto_approve_below_usd: 1,000 }',
      'severity: high\n    reversible: false\n    required_role: lead',
    ),
    [
      '9:45 unknown_key actions.pay.conditions.0 | `0` is not a key of `conditions` | Inside braces a comma begins the next key: write numbers without one, such as 1000 or 0.95.',
    ],
  ],
  [
    'a decimal comma',
    action('thresholds:\n      auto_approve_confidence: 0,95'),
    [
      '9:32 wrong_type actions.pay.thresholds.auto_approve_confidence | `auto_approve_confidence` is "0,95", but must be a number from 0 to 1 | Write 0.95, with a point.',
    ],
  ],
  [
    'a decimal comma inside braces',
    action('thresholds: { auto_approve_confidence: 0,95 }'),
    [
      '8:46 unknown_key actions.pay.thresholds.95 | `95` is not a key of `thresholds` | Inside braces a comma begins the next key: write numbers without one, such as 1000 or 0.95.',
    ],
  ],
  [
    'a currency sign',
    action(
      'conditions: { auto_approve_below_usd: $50 }',
      'severity: high\n    reversible: false\n    required_role: lead',
    ),
    [
      '9:43 wrong_type actions.pay.conditions.auto_approve_below_usd | `auto_approve_below_usd` is "$50", but must be an amount of at least 0 | Write 50, without the currency.',
    ],
  ],
  [
    'a currency in words',
    action(
      'conditions: { auto_approve_below_usd: 50 USD }',
      'severity: high\n    reversible: false\n    required_role: lead',
    ),
    [
      '9:43 wrong_type actions.pay.conditions.auto_approve_below_usd | `auto_approve_below_usd` is "50 USD", but must be an amount of at least 0 | Write 50, without the currency.',
    ],
  ],
  [
    'a quote that is never closed',
    action('description: "Pay a supplier'),
    [
      '8:18 yaml_syntax  | this is not valid YAML: a quote is opened here and not closed | Put another " at the end of the text.',
    ],
  ],
  [
    'an apostrophe inside single quotes',
    action("description: 'Pay a customer's bill'"),
    [
      '8:34 yaml_syntax  | this is not valid YAML: the quotes end before "s bill\'" | Put the whole text into quotes that it does not have in it: "a customer\'s bill", or single ones.',
    ],
  ],
  [
    'a key that slipped under another',
    `${roles}actions:\n  pay:\n    severity: low\n    reversible: true\n    conditions:\n      auto_approve_below_usd: 5\n      approval_required: true\n`,
    [
      '10:7 unknown_key actions.pay.conditions.approval_required | `approval_required` is not a key of `conditions` | It is a key of an action: move it to the left, in line with `conditions`.',
    ],
  ],
  [
    'a key that slipped out of its action',
    `${roles}actions:\n  pay:\n    severity: low\n  reversible: true\n`,
    [
      '5:3 missing_key actions.pay.reversible | an action needs the key `reversible`, and it is missing | Add `reversible`: true or false.',
      '7:3 misplaced_key actions.reversible | `reversible` is a key of an action, but stands where the name of one is expected | Move it to the right, in line with the other keys below that name.',
    ],
  ],
  [
    'an action at the left margin',
    `${roles}actions:\npay:\n  severity: low\n  reversible: true\n`,
    [
      '4:1 wrong_type actions | `actions` is empty, but must be a group of keys | ',
      '5:1 unknown_key pay | `pay` is not a top-level key of a manifest | If it is part of `actions`, move it and the lines below it to the right.',
    ],
  ],
  [
    'a line one space off',
    `${roles}actions:\n  pay:\n    severity: low\n   reversible: true\n`,
    [
      '7:1 yaml_syntax  | this is not valid YAML: this line is not aligned with the others of its group | Give it as many spaces as the lines above and below it have.',
    ],
  ],
  [
    'a line too far to the right',
    `${roles}actions:\n  pay:\n    severity: low\n      reversible: true\n`,
    [
      '6:15 yaml_syntax  | this is not valid YAML: the line below "severity: low" stands further to the right, as if it belonged to it | Align it with the other keys of its group.',
    ],
  ],
  [
    'an e-mail address without @',
    roles.replace('ben@example.com', 'ben.example.com') + 'actions: { look: { severity: low, reversible: true } }\n',
    [
      '2:38 not_allowed roles.lead.members[1] | an entry of `members` is "ben.example.com", but must be an e-mail address or a Slack user id (U012ABCDEF) | A profile in Slack has the id under "Copy member ID".',
    ],
  ],
  [
    'a name as Slack shows it',
    roles.replace('ben@example.com', '"@ben"') + 'actions: { look: { severity: low, reversible: true } }\n',
    [
      '2:38 not_allowed roles.lead.members[1] | an entry of `members` is "@ben", but must be an e-mail address or a Slack user id (U012ABCDEF) | A profile in Slack has the id under "Copy member ID".',
    ],
  ],
  [
    'a role named like a person',
    roles.replace('  lead:', '  ana@example.com:') + 'actions: { look: { severity: low, reversible: true } }\n',
    [
      "2:3 bad_name roles.ana@example.com | `ana@example.com` can't be the name of a role | Give the role a name such as support_lead, and put the person into its members.",
    ],
  ],
  [
    'a timeout with a unit',
    action('approval_timeout_seconds: 15m'),
    [
      '8:31 wrong_type actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is "15m", but must be a whole number of seconds, at least 1 | Write 900: 15m in seconds.',
    ],
  ],
  [
    'minutes in words',
    action('sla_minutes: 10 minutes'),
    [
      '8:18 not_allowed actions.pay.sla_minutes | `sla_minutes` is "10 minutes", but must be a number of minutes above 0, or one for each of low, normal, high, critical | Write 10, the number alone.',
    ],
  ],
  [
    'curly quotes',
    action('channel: “#approvals”'),
    [
      '8:14 not_allowed actions.pay.channel | `channel` is "“#approvals”", but must be a channel in quotes ("#agent-approvals") or its id (C012ABCDEF) | Use straight quotes: "#approvals".',
    ],
  ],
  [
    'curly quotes round a value',
    action('approve_with: “confirm”'),
    [
      '8:19 not_allowed actions.pay.approve_with | `approve_with` is "“confirm”", but must be one of one_click, confirm, reason | Use straight quotes: "confirm".',
    ],
  ],
  [
    'an action called like a number',
    `${roles}actions:\n  42: { severity: low, reversible: true }\n`,
    [
      "5:3 bad_name actions.42 | `42` can't be the name of an action | Names begin with a letter and have letters, digits and _ . : - only, at most 100.",
    ],
  ],
  [
    'limits without a list',
    action('limits: { count: 3, per: 1h }'),
    [
      '8:13 wrong_type actions.pay.limits | `limits` is a group of keys, but must be a list | Begin each entry with a dash and a space.',
    ],
  ],
  [
    'a path as a text',
    action('escalation_path: lead, operations'),
    [
      '8:22 wrong_type actions.pay.escalation_path | `escalation_path` is "lead, operations", but must be a list of roles | Put it in brackets: [lead, operations].',
    ],
  ],
  [
    'a severity between the two',
    action('audit_log: true', 'severity: medium\n    reversible: true'),
    ['6:15 not_allowed actions.pay.severity | `severity` is "medium", but must be one of low, high | '],
  ],
  [
    'maybe',
    action('audit_log: true', 'severity: low\n    reversible: maybe'),
    ['7:17 wrong_type actions.pay.reversible | `reversible` is "maybe", but must be true or false | '],
  ],
  [
    'a key without its colon',
    `${roles}actions:\n  pay:\n    severity low\n    reversible: true\n`,
    [
      '6:5 yaml_syntax  | this is not valid YAML: "severity low" is not a key with its value | Write `key: value`, with a colon and a space. A remark begins with #.',
    ],
  ],
  [
    'no space after the colon',
    `${roles}actions:\n  pay:\n    severity:low\n    reversible: true\n`,
    [
      '6:5 yaml_syntax  | this is not valid YAML: "severity:low" is not a key with its value | Write `key: value`, with a colon and a space. A remark begins with #.',
    ],
  ],
  [
    'on as a key',
    `${roles}on: true\nactions: { look: { severity: low, reversible: true } }\n`,
    [
      '4:1 unknown_key on | `on` is not a top-level key of a manifest | Allowed here: defaults, roles, calendars, agents, actions.',
    ],
  ],
  [
    'an action that says nothing',
    `${roles}actions:\n  pay:\n`,
    [
      '5:3 wrong_type actions.pay | an action is empty, but must be a group of keys | Write its keys below it, moved to the right: at least severity and reversible.',
    ],
  ],
  [
    'an action that is a word',
    `${roles}actions:\n  pay: low\n`,
    [
      '5:8 wrong_type actions.pay | an action is "low", but must be a group of keys | Write its keys below it, moved to the right: at least severity and reversible.',
    ],
  ],
  [
    'roles as a list',
    `roles:\n  - lead\nactions: { look: { severity: low, reversible: true } }\n`,
    [
      '1:1 wrong_type roles | `roles` is a list, but must be a group of keys | Write each name with a colon after it, and no dash before it.',
    ],
  ],
  [
    'one member without a list',
    `roles:\n  lead: { members: ana@example.com }\nactions: { look: { severity: low, reversible: true } }\n`,
    [
      '2:20 wrong_type roles.lead.members | `members` is "ana@example.com", but must be a list of e-mail addresses or Slack user ids | Put it in brackets: [ana@example.com].',
    ],
  ],
  [
    'members straight under the role',
    `roles:\n  lead: [ana@example.com]\nactions: { look: { severity: low, reversible: true } }\n`,
    [
      '2:9 wrong_type roles.lead | a role is a list, but must be a group of keys | Put the people under `members`: { members: [ana@example.com] }.',
    ],
  ],
  [
    'a person straight under the role',
    `roles:\n  lead: ana@example.com\nactions: { look: { severity: low, reversible: true } }\n`,
    [
      '2:9 wrong_type roles.lead | a role is "ana@example.com", but must be a group of keys | Put the people under `members`: { members: [ana@example.com] }.',
    ],
  ],
  [
    'a text that begins with @',
    action('owner: @ana'),
    [
      '8:12 yaml_syntax  | this is not valid YAML: a text that begins with @ needs quotes | Put quotes round it: "@ana".',
    ],
  ],
  [
    'a text that begins with %',
    action('description: %discount'),
    [
      '8:18 yaml_syntax  | this is not valid YAML: a text that begins with % needs quotes | Put quotes round it: "%discount".',
    ],
  ],
  [
    'a star for all',
    action('requires: *'),
    ['8:15 yaml_syntax  | this is not valid YAML: a * does not mean "all" here | Name each one, or leave the key out.'],
  ],
  [
    'a star in quotes for all',
    roles + 'agents: { bot: { actions: ["*"] } }\nactions: { look: { severity: low, reversible: true } }\n',
    [
      '4:28 not_allowed agents.bot.actions[0] | an entry of `actions` is "*", but must be the name of an action | There is no * for all: name each one.',
    ],
  ],
  [
    'a colon in a text',
    action('description: Pay: a supplier'),
    [
      '8:18 yaml_syntax  | this is not valid YAML: the text "Pay: a supplier" has a colon in it | Put quotes round the text, single ones if it has double ones in it.',
    ],
  ],
  [
    'an amount below nothing',
    action(
      'conditions: { auto_approve_below_usd: -5 }',
      'severity: high\n    reversible: false\n    required_role: lead',
    ),
    [
      '9:43 not_allowed actions.pay.conditions.auto_approve_below_usd | `auto_approve_below_usd` is -5, but must be an amount of at least 0 | ',
    ],
  ],
  [
    'half a second',
    action('approval_timeout_seconds: 0.5'),
    [
      '8:31 wrong_type actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is 0.5, but must be a whole number of seconds, at least 1 | ',
    ],
  ],
  [
    'a timeout before now',
    action('approval_timeout_seconds: -1'),
    [
      '8:31 not_allowed actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is -1, but must be a whole number of seconds, at least 1 | ',
    ],
  ],
  [
    'reminders in minutes',
    action('nudge_at: [10, 20]'),
    [
      '8:16 not_allowed actions.pay.nudge_at[0] | an entry of `nudge_at` is 10, but must be a share of the SLA from 0.01 to 0.99 | Write 0.1 for 10%.',
      '8:20 not_allowed actions.pay.nudge_at[1] | an entry of `nudge_at` is 20, but must be a share of the SLA from 0.01 to 0.99 | Write 0.2 for 20%.',
    ],
  ],
  [
    'one reminder without a list',
    action('nudge_at: 0.5'),
    ['8:15 wrong_type actions.pay.nudge_at | `nudge_at` is 0.5, but must be a list | Put it in brackets: [0.5].'],
  ],
  [
    'a day in another order',
    action('rollback: { tested_on: 01.11.2026 }'),
    [
      '8:28 not_allowed actions.pay.rollback.tested_on | `tested_on` is "01.11.2026", but must be a day that exists, as YYYY-MM-DD | Write 2026-11-01.',
    ],
  ],
  [
    'a day with slashes',
    action('accepted_risk: { owner: ana@example.com, reason: ok, until: 12/31/2026 }'),
    [
      '8:65 not_allowed actions.pay.accepted_risk.until | `until` is "12/31/2026", but must be a day that exists, as YYYY-MM-DD | ',
    ],
  ],
  [
    'an address without https',
    action('clarify: { url: crm.internal/questions }'),
    [
      '8:21 not_allowed actions.pay.clarify.url | `url` is "crm.internal/questions", but must be an address that begins with https:// or http:// | Write https://crm.internal/questions',
    ],
  ],
  [
    'an address where a group belongs',
    action('clarify: https://crm.internal'),
    [
      '8:14 wrong_type actions.pay.clarify | `clarify` is "https://crm.internal", but must be a group of keys | Write { url: https://crm.internal }.',
    ],
  ],
  [
    'no space after a dash',
    `${roles}actions:\n  pay:\n    severity: low\n    reversible: true\n    escalation_path:\n      -lead\n`,
    [
      '9:7 wrong_type actions.pay.escalation_path | `escalation_path` is "-lead", but must be a list of roles | Put a space after the dash: - lead',
    ],
  ],
  [
    'a key in capitals',
    action('Severity: low', 'reversible: true'),
    [
      '5:3 missing_key actions.pay.severity | an action needs the key `severity`, and it is missing | Add `severity`: one of low, high.',
      '7:5 unknown_key actions.pay.Severity | `Severity` is not a key of an action | Did you mean `severity`?',
    ],
  ],
  [
    'a key with a space',
    action('approval required: true'),
    [
      '8:5 unknown_key actions.pay.approval required | `approval required` is not a key of an action | Did you mean `approval_required`?',
    ],
  ],
  [
    'hours with one digit',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berlin, hours: { mon-fri: 9:00-18:00 } } }\n',
    [
      '9:65 not_allowed calendars.emea.hours.mon-fri | `mon-fri` is "9:00-18:00", but must be hours in quotes such as "09:00-18:00", the first before the second | Write "09:00-18:00".',
    ],
  ],
  [
    'a day in full',
    action('audit_log: true') + 'calendars: { emea: { timezone: Europe/Berlin, hours: { monday: "09:00-18:00" } } }\n',
    ['9:56 bad_name calendars.emea.hours.monday | `monday` is not a day or days such as mon or mon-fri | '],
  ],
  [
    'a city as a time zone',
    action('audit_log: true') + 'calendars: { emea: { timezone: Berlin, hours: { mon: "09:00-18:00" } } }\n',
    [
      '9:32 not_allowed calendars.emea.timezone | `timezone` is "Berlin", but must be the name of a time zone such as Europe/Berlin | Write Europe/Berlin.',
    ],
  ],
  [
    'a channel in capitals',
    action('channel: "#Approvals"'),
    [
      '8:14 not_allowed actions.pay.channel | `channel` is "#Approvals", but must be a channel in quotes ("#agent-approvals") or its id (C012ABCDEF) | Write "#approvals".',
    ],
  ],
  [
    'a remark with slashes',
    action('// remark'),
    [
      '8:5 yaml_syntax  | this is not valid YAML: "// remark" is not a key with its value | Write `key: value`, with a colon and a space. A remark begins with #.',
    ],
  ],
  [
    'a brace that is never closed',
    `${roles}actions: {\n  pay: { severity: low, reversible: true }\n`,
    [
      '6:1 yaml_syntax  | this is not valid YAML: a bracket or brace is opened and not closed | Look at the lines above for a bracket without its pair, and align the lines of one level.',
    ],
  ],
  [
    'one brace too many',
    `${roles}actions:\n  pay: { severity: low, reversible: true }}\n`,
    ['5:43 yaml_syntax  | this is not valid YAML: this } closes nothing | Remove it, or open its pair.'],
  ],
  [
    'no comma inside braces',
    `${roles}actions:\n  pay: { severity: low reversible: true }\n`,
    [
      '5:20 yaml_syntax  | this is not valid YAML: between brackets or braces, a comma is missing, or one of them is not closed | Put a comma after each entry: { severity: low, reversible: true }.',
    ],
  ],
  [
    'an equals sign for a colon',
    `${roles}actions:\n  pay:\n    severity = low\n    reversible: true\n`,
    [
      '6:5 yaml_syntax  | this is not valid YAML: "severity = low" is not a key with its value | Write `key: value`, with a colon and a space. A remark begins with #.',
    ],
  ],
  [
    'a limit without a dash',
    action('limits:\n      count: 3\n      per: 1h'),
    [
      '8:5 wrong_type actions.pay.limits | `limits` is a group of keys, but must be a list | Begin each entry with a dash and a space.',
    ],
  ],
  [
    'a dash before each key of a limit',
    action('limits:\n      - count: 3\n      - per: 1h'),
    [
      '9:9 missing_key actions.pay.limits[0].per | an entry of `limits` needs the key `per`, and it is missing | Add `per`: a time such as 30m, 1h or 7d.',
      '10:9 not_allowed actions.pay.limits[1] | an entry of `limits` must have either count and per, or sum, max and per | Keep the keys of one limit under one dash: - { count: 20, per: 1h }.',
    ],
  ],
  [
    'a number in words',
    action('approvals_required: two'),
    [
      '8:25 wrong_type actions.pay.approvals_required | `approvals_required` is "two", but must be a whole number from 1 to 100 | ',
    ],
  ],
  [
    'an urgency that is none',
    roles +
      'agents: { bot: { actions: [], max_urgency: urgent } }\nactions: { look: { severity: low, reversible: true } }\n',
    [
      '4:44 not_allowed agents.bot.max_urgency | `max_urgency` is "urgent", but must be one of low, normal, high, critical | ',
    ],
  ],
  [
    'an agent without actions',
    roles + 'agents: { bot: { owner: ana@example.com } }\nactions: { look: { severity: low, reversible: true } }\n',
    [
      '4:11 missing_key agents.bot.actions | an agent needs the key `actions`, and it is missing | Add `actions`: a list of actions.',
    ],
  ],
  [
    'a field that requests do not have',
    action('requires: [reason]'),
    [
      '8:16 not_allowed actions.pay.requires[0] | an entry of `requires` is "reason", but must be one of rationale, expected_outcome, if_denied, evidence, urgency, requested_by, agent_version, workflow, checkpoint, callback_url, expires_in_seconds | ',
    ],
  ],
  [
    'a timeout that is left empty',
    action('approval_timeout_seconds:'),
    [
      '8:5 wrong_type actions.pay.approval_timeout_seconds | `approval_timeout_seconds` is empty, but must be a whole number of seconds, at least 1 | ',
    ],
  ],
  [
    'warns where there is no action',
    roles,
    [
      'warning 1:1 no_actions actions | no actions are defined, so everything that an agent asks for is blocked | List at least one under `actions`.',
    ],
  ],
  [
    'a point between the thousands and a decimal comma',
    action(
      'limits:\n      - { count: 1, per: 1h }\n      - sum: amount_usd\n        max: 1.000,50\n        per: 24 hours',
    ),
    [
      '11:14 wrong_type actions.pay.limits[1].max | `max` is "1.000,50", but must be an amount of at least 0 | Write 1000.50, with a point and nothing between the thousands.',
      '12:14 not_allowed actions.pay.limits[1].per | `per` is "24 hours", but must be a time such as 30m, 1h or 7d | Write 24h.',
    ],
  ],
  [
    'months, which are no minutes',
    action('limits: [{ count: 1, per: 2 months }]'),
    ['8:31 not_allowed actions.pay.limits[0].per | `per` is "2 months", but must be a time such as 30m, 1h or 7d | '],
  ],
  [
    'warns of a sum of texts',
    action(
      'limits: [{ sum: customer_id, max: 500, per: 24h }]\n    parameters_schema: { properties: { customer_id: { type: string } } }',
    ),
    [
      'warning 8:21 sum_of_no_number actions.pay.limits[0].sum | the limit adds up customer_id, which is a text by parameters_schema, so every decision waits for a person | Name a parameter that is a number.',
    ],
  ],
  [
    'warns of a required parameter that is not described',
    action('parameters_schema: { required: [amuont], properties: { amount: { type: number } } }'),
    [
      'warning 8:37 unknown_parameter actions.pay.parameters_schema.required[0] | `required` names the parameter `amuont`, which `properties` does not describe | Did you mean `amount`?',
    ],
  ],
  [
    'warns of administrators that are not defined',
    'roles: { ops: { members: [ana@example.com] } }\nactions: { look: { severity: low, reversible: true } }\n',
    [
      'warning 1:1 no_administrators defaults.administrators | administrators is the role `operations`, which is not defined, so it means all full members of #agent-ops | Defined: `ops`.',
    ],
  ],
  [
    'warns of a role that nobody can have',
    roles + '  ghost: {}\nactions: { look: { severity: low, reversible: true } }\n',
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
