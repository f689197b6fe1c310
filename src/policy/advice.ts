import type { z } from 'zod'
import { didYouMean } from './problem.ts'

/** What to do about a value that may not stand where it does, in a sentence; null: the message says it all. */
export function adviceFor(issue: z.core.$ZodIssue, found: unknown, keys: readonly string[]): string | null {
  if (issue.message.startsWith('either count'))
    return 'Keep the keys of one limit under one dash: - { count: 20, per: 1h }.'
  if (issue.code === 'invalid_type' && issue.expected === 'array') return listAdvice(found)
  if (issue.code === 'invalid_type' && issue.expected === 'object') return groupAdvice(found, keys)
  if (found === null) return emptyAdvice(issue)
  if (typeof found === 'number') return shareAdvice(issue, found)
  if (typeof found !== 'string') return null
  if (/[“”„‘’]/.test(found)) return `Use straight quotes: "${found.replaceAll(/[“”„‘’]/g, '')}".`
  if (issue.code === 'invalid_value') return didYouMean(found, issue.values.map(String))
  if (issue.code === 'invalid_type' && issue.expected === 'boolean') return booleanAdvice(found)
  return numberAdvice(issue.message, found) ?? timeAdvice(issue.message, found) ?? textAdvice(issue.message, found)
}

/** What to do about a key that a group does not have, where its nearest name is none. */
export function strayKeyAdvice(key: string, noun: string, group: string, ofEntry: readonly string[]): string | null {
  // `{ auto_approve_below_usd: 1,000 }` has a key `000`.
  if (/^\d+$/.test(key))
    return 'Inside braces a comma begins the next key: write numbers without one, such as 1000 or 0.95.'
  return ofEntry.includes(key) ? `It is a key of ${noun}: move it to the left, in line with \`${group}\`.` : null
}

function listAdvice(found: unknown): string | null {
  if (typeof found === 'number') return `Put it in brackets: [${found}].`
  if (typeof found === 'string' && /^-\S/.test(found)) return `Put a space after the dash: - ${found.slice(1)}`
  if (typeof found === 'string') return `Put it in brackets: [${found}].`
  return found === null ? null : 'Begin each entry with a dash and a space.'
}

function groupAdvice(found: unknown, keys: readonly string[]): string | null {
  const [only, ...others] = keys
  if (keys.includes('members') && found !== null)
    return 'Put the people under `members`: { members: [ana@example.com] }.'
  if (keys.includes('severity')) return 'Write its keys below it, moved to the right: at least severity and reversible.'
  if (typeof found !== 'string' || only === undefined || others.length > 0) return null
  return `Write { ${only}: ${found} }.`
}

// A # begins a remark: what stood there was not read.
function emptyAdvice(issue: z.core.$ZodIssue): string | null {
  return issue.message.includes('"#') ? 'Without quotes, # begins a remark: write "#agent-approvals".' : null
}

function shareAdvice(issue: z.core.$ZodIssue, found: number): string | null {
  if (issue.code !== 'too_big' || Number(issue.maximum) > 1 || found > 100) return null
  return `Write ${found / 100} for ${found}%.`
}

function booleanAdvice(found: string): string | null {
  // What YAML 1.1 took for true and false is a text in YAML 1.2.
  if (/^(?:y|yes|on|true)$/i.test(found)) return 'Write true, without quotes.'
  return /^(?:n|no|off|false)$/i.test(found) ? 'Write false, without quotes.' : null
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * How to write a number that was written as people write them; null: it is none, or none belongs there.
 * @param allowed what may stand there, in words: they tell what a number counts
 */
export function numberAdvice(allowed: string, found: string): string | null {
  if (!/\b(?:number|amount|share)\b/.test(allowed)) return null
  const bare = found.trim().replace(/^[$€£]\s*|\s*(?:[$€£]|USD|EUR|dollars?)$/gi, '')
  const currency = bare === found.trim() ? '' : ', without the currency'
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare)) return `Write ${bare.replaceAll(',', '')}, without the comma.`
  if (/^\d{1,3}(?:\.\d{3})+,\d+$/.test(bare))
    return `Write ${bare.replaceAll('.', '').replace(',', '.')}, with a point and nothing between the thousands.`
  if (/^\d+,\d+$/.test(bare)) return `Write ${bare.replace(',', '.')}, with a point.`
  if (/^\d+(?:\.\d+)?$/.test(bare)) return `Write ${bare}${currency === '' ? ', without quotes' : currency}.`
  const [, percentage] = /^(\d+(?:\.\d+)?)\s*%$/.exec(bare) ?? []
  if (percentage !== undefined) return `Write ${Number(percentage) / 100} for ${percentage}%.`
  const [, count, unit = ''] = /^(\d+)\s*([smhd])[a-z]*$/i.exec(bare) ?? []
  const inSeconds = Number(count) * (unitSeconds[unit.toLowerCase()] ?? Number.NaN)
  if (Number.isNaN(inSeconds)) return null
  if (allowed.includes('of seconds')) return `Write ${inSeconds}: ${found} in seconds.`
  if (!allowed.includes('of minutes')) return null
  return inSeconds / 60 === Number(count)
    ? `Write ${count}, the number alone.`
    : `Write ${inSeconds / 60}: ${found} in minutes.`
}

function timeAdvice(allowed: string, found: string): string | null {
  if (!allowed.startsWith('a time such as')) return null
  // A month is no minute.
  const [, count, unit] = /^([1-9]\d{0,4})\s*(m(?=$|in)|h|d)[a-z]*$/i.exec(found) ?? []
  return count === undefined || unit === undefined ? null : `Write ${count}${unit.toLowerCase()}.`
}

function textAdvice(allowed: string, found: string): string | null {
  if (found.includes('*')) return 'There is no * for all: name each one.'
  if (allowed.includes('Slack user id')) return 'A profile in Slack has the id under "Copy member ID".'
  if (allowed.startsWith('a channel'))
    return /^#?[^\s#@<>]{1,80}$/.test(found) ? `Write "#${found.replace('#', '').toLowerCase()}".` : null
  if (allowed.startsWith('an address') && !found.includes(':')) return `Write https://${found}`
  const [, date, month, year] = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(found) ?? []
  if (allowed.startsWith('a day that exists') && year !== undefined) return `Write ${year}-${month}-${date}.`
  if (allowed.startsWith('hours')) return hoursAdvice(found)
  return allowed.startsWith('the name of a time zone') ? zoneAdvice(found) : null
}

function hoursAdvice(found: string): string | null {
  const [, from = '', to = ''] = /^(\d{1,2}:[0-5]\d)\s*-\s*(\d{1,2}:[0-5]\d)$/.exec(found) ?? []
  const [opens, closes] = [from.padStart(5, '0'), to.padStart(5, '0')]
  if (from === '' || opens > '23:59' || closes > '24:00') return null
  if (opens >= closes)
    return `Write a night as two rows, such as mon-fri: "${opens}-24:00" and tue-sat: "00:00-${closes}".`
  return `Write "${opens}-${closes}".`
}

function zoneAdvice(found: string): string | null {
  const zones = Intl.supportedValuesOf('timeZone')
  // Most people know the city, and not on which continent the list has it.
  const city = found.replaceAll(' ', '_').toLowerCase()
  const there = zones.find((zone) => zone.toLowerCase().endsWith(`/${city}`))
  return there === undefined ? didYouMean(found, zones) : `Write ${there}.`
}
