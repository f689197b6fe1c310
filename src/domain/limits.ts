import { createHash } from 'node:crypto'
import type { ActionPolicy, Limit } from './manifest.ts'

/** What one decision would add to one window of its action. */
export type LimitKey = {
  /** Position in the action's `limits`. */
  readonly index: number
  /** What is counted together, at most 400 characters. Limits over the same thing share a key. */
  readonly key: string
  readonly windowMs: number
  /** 1 for a count, the parameter's value for a sum; never negative. */
  readonly amount: number
}

/** Why a limit can't be applied to a decision: then it never passes without a person. */
export type LimitFault = { readonly index: number; readonly message: string }

/** What was auto-approved inside the window of one limit, before this decision. */
export type LimitUsage = { readonly index: number; readonly used: number }

/** What is written when a decision is auto-approved: once per key, kept for the longest window that reads it. */
export type LimitEntry = { readonly key: string; readonly amount: number; readonly windowMs: number }

type Parameters = Readonly<Record<string, unknown>>

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * The windows that a decision would touch, one per limit of the action and in its order, and the limits that can't
 * be applied to it. Read the usage of each key, sum of amounts later than `now - windowMs`, in the transaction that
 * records the decision.
 */
export function limitKeys(
  action: Pick<ActionPolicy, 'name' | 'limits' | 'redact'>,
  proposal: { readonly parameters: Parameters },
): { readonly keys: readonly LimitKey[]; readonly faults: readonly LimitFault[] } {
  const keys: LimitKey[] = []
  const faults: LimitFault[] = []
  action.limits.forEach((limit, index) => {
    const problem = faultOf(limit, proposal.parameters, action.redact)
    if (problem !== null) return faults.push({ index, message: `the limit of ${limitText(limit)} needs ${problem}` })
    const amount = 'count' in limit ? 1 : Number(proposal.parameters[limit.sum])
    return keys.push({
      index,
      key: keyOf(action.name, limit, proposal.parameters),
      windowMs: durationMs(limit.per),
      amount,
    })
  })
  return { keys, faults }
}

/** What to record for an auto-approved decision. Writing a shared key twice would count the decision twice. */
export function limitEntries(keys: readonly LimitKey[]): readonly LimitEntry[] {
  const entries = new Map<string, LimitEntry>()
  for (const { key, amount, windowMs } of keys) {
    const longest = Math.max(windowMs, entries.get(key)?.windowMs ?? 0)
    entries.set(key, { key, amount, windowMs: longest })
  }
  return [...entries.values()]
}

/** Whether a window that holds `used` goes above the limit's cap with `amount` more. Exactly at the cap is allowed. */
export function exceeds(limit: Limit, used: number, amount: number): boolean {
  const cap = capOf(limit)
  // Sums of cents pick up binary dust: 0.1 + 0.2 must still fit under 0.3.
  const dust = Math.abs(cap) * 1e-9
  return !(used + amount <= cap + dust)
}

/** The most that a window of this limit may hold. */
export function capOf(limit: Limit): number {
  return 'count' in limit ? limit.count : limit.max
}

/** A limit in words: "20 per 1h", "amount_usd 500 per 24h for each customer_id". */
export function limitText(limit: Limit): string {
  const cap = 'count' in limit ? `${limit.count}` : `${limit.sum} ${limit.max}`
  const keyed = limit.by === null ? '' : ` for each ${limit.by}`
  return `${cap} per ${limit.per}${keyed}`
}

/** Milliseconds of a duration as the manifest writes it: `30m`, `1h`, `7d`. */
export function durationMs(text: string): number {
  const unit = text.slice(-1)
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') throw new Error(`not a duration: ${text}`)
  return Number(text.slice(0, -1)) * unitMs[unit]
}

/** The value of a parameter that the agent itself sent; names that every object inherits count as missing. */
export function parameterValue(parameters: Parameters, name: string): unknown {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined
}

/**
 * What is wrong with a value that must be an amount, in words, or `null`: a finite number of at least 0.
 * @param redacted the words leave the value out
 */
export function amountFault(value: unknown, redacted: boolean): string | null {
  if (value === undefined) return 'is missing'
  if (typeof value !== 'number') return `is ${kindOf(value)}, not a number`
  if (!Number.isFinite(value)) return 'is not a finite number'
  if (value < 0) return redacted ? 'is negative' : `is negative (${value})`
  return null
}

function faultOf(limit: Limit, parameters: Parameters, redact: readonly string[]): string | null {
  if ('sum' in limit) {
    const fault = amountFault(parameterValue(parameters, limit.sum), redact.includes(limit.sum))
    if (fault !== null) return `the amount ${limit.sum}, which ${fault}`
  }
  if (limit.by === null) return null
  const value = parameterValue(parameters, limit.by)
  if (value === undefined) return `the parameter ${limit.by}, which is missing`
  if (typeof value === 'string' || typeof value === 'boolean') return null
  if (typeof value === 'number' && Number.isFinite(value)) return null
  return `the parameter ${limit.by} as a text, a number or true/false, and it is ${kindOf(value)}`
}

// The window's length is no part of the key: a policy owner who changes `per` must not set the counter back to zero.
// The parameter's value is hashed: it may be long, and it may be one that must not be stored in the clear.
function keyOf(action: string, limit: Limit, parameters: Parameters): string {
  const what = 'count' in limit ? 'count' : `sum ${limit.sum}`
  if (limit.by === null) return `${action} ${what}`
  const value = createHash('sha256')
    .update(String(parameterValue(parameters, limit.by)))
    .digest('hex')
  return `${action} ${what} by ${limit.by} ${value}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty (null)'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a group of values'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return 'true/false'
  if (typeof value === 'number') return 'not a finite number'
  return 'missing'
}
