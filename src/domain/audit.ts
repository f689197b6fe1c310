import type { AttemptRefused } from './attempt.ts'
import { canonicalJson, type Digest, sha256, sha256Hex } from './digest.ts'
import type { DecisionEvent } from './event.ts'
import type { ServiceEvent } from './service-event.ts'
import { toIso } from './time.ts'
import type { WorkflowEvent } from './workflow-event.ts'

/** What a chain holds: the events of a decision and what was refused people there, the events of a workflow, or the service's own. */
export type AuditEvent = DecisionEvent | AttemptRefused | ServiceEvent | WorkflowEvent

/** Where a chain of events stands: how many, and the hash of the last (64 hex digits). */
export type ChainHead = { readonly length: number; readonly hash: string }

/** Before the first event. */
export const GENESIS: ChainHead = { length: 0, hash: '0'.repeat(64) }

/** One event as the audit log keeps it. `sealed` and `salt` can be erased; `record` and `hash` stay. */
export type AuditEntry = {
  readonly seq: number
  readonly type: AuditEvent['type']
  /** The hashed text: canonical JSON of {seq, at, type, actor, subject, manifest, payload, sealed: commitment or null}. */
  readonly record: string
  readonly hash: string
  readonly sealed: string | null
  readonly salt: string | null
}

/**
 * Appends events to a chain: `hash = SHA256("countersign/audit/v1\0" || previous hash || JCS(event))`,
 * the previous hash as 32 raw bytes, zeros for the first.
 * What people and agents wrote enters the hash only as a salted commitment, so that erasing it later leaves a chain
 * that still verifies.
 * @param subject the id of the decision or workflow, or `service`
 * @param manifest the digest of the one in force; null: none ever was
 * @param newSalt 128 random bits, base64url; asked once for each event that has something sealed
 */
export function appendToChain(
  head: ChainHead,
  events: readonly AuditEvent[],
  subject: string,
  manifest: string | null,
  newSalt: () => string,
): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } {
  const entries: AuditEntry[] = []
  let { length, hash } = head
  for (const event of events) {
    // Kept in the order it was written in: people read it. The commitment is to this very text.
    const sealed = event.sealed === null ? null : JSON.stringify(event.sealed)
    const salt = sealed === null ? null : newSalt()
    const { type, actor, payload } = event
    length += 1
    const record = canonicalJson({
      seq: length,
      at: toIso(event.at),
      type,
      actor,
      subject,
      manifest,
      payload,
      sealed: sealed === null || salt === null ? null : commitment(salt, sealed),
    })
    hash = link(hash, record)
    entries.push({ seq: length, type, record, hash, sealed, salt })
  }
  return { entries, head: { length, hash } }
}

/** What is wrong with a chain, and at which entry. */
export type ChainFault = { readonly entry: number; readonly what: string }

/** Checks a chain entry by entry, so that no more than one has to be at hand. */
export type ChainWalk = {
  /** The next entry; null: it is where and what it was. After a fault nothing that follows means anything. */
  readonly take: (entry: AuditEntry) => ChainFault | null
  /** All were taken; null: the chain ends where its head says. */
  readonly end: (head: ChainHead) => ChainFault | null
  /** Where the chain stands after what was taken so far. */
  readonly head: () => ChainHead
}

/**
 * An erased entry (`sealed` and `salt` both null) verifies by its commitment alone.
 * @param subject what every entry has to be about; null: that is not looked at
 */
export function walkChain(subject: string | null): ChainWalk {
  let { length, hash } = GENESIS
  return {
    take: (entry) => {
      length += 1
      if (entry.seq !== length) return { entry: length, what: `entry ${length} is missing` }
      hash = link(hash, entry.record)
      const recorded = parse(entry.record)
      if (entry.hash !== hash || recorded?.['seq'] !== length || recorded['type'] !== entry.type)
        return { entry: length, what: `entry ${length} was changed` }
      if (subject !== null && recorded['subject'] !== subject)
        return { entry: length, what: `entry ${length} belongs to another chain` }
      if (!isEmpty(entry) && !isCommittedTo(recorded['sealed'], entry))
        return { entry: length, what: `what entry ${length} had sealed was changed` }
      return null
    },
    end: (head) => {
      if (length === head.length && hash === head.hash) return null
      const what =
        length === head.length
          ? `the hash that is kept of entry ${length}, the last, is another one`
          : `the chain ends at entry ${length} instead of ${head.length}`
      return { entry: length, what }
    },
    head: () => ({ length, hash }),
  }
}

/** Checks a whole chain against its head, as `walkChain` does; null when every entry is where and what it was. */
export function chainFault(entries: readonly AuditEntry[], head: ChainHead): string | null {
  const walk = walkChain(null)
  for (const entry of entries) {
    const fault = walk.take(entry)
    if (fault !== null) return fault.what
  }
  return walk.end(head)?.what ?? null
}

/** Has what this entry sealed been erased? */
export function isErased(entry: AuditEntry): boolean {
  return isEmpty(entry) && parse(entry.record)?.['sealed'] !== null
}

function isEmpty({ sealed, salt }: AuditEntry): boolean {
  return sealed === null && salt === null
}

function isCommittedTo(recorded: unknown, { sealed, salt }: AuditEntry): boolean {
  if (sealed === null || salt === null) return false
  return recorded === commitment(salt, sealed) || recorded === firstCommitment(salt, sealed)
}

function parse(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(json)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const LINK = Buffer.from('countersign/audit/v1\0', 'utf8')
const HASH_BYTES = 32

function link(previousHash: string, record: string): string {
  const start = LINK.length + HASH_BYTES
  const bytes = Buffer.allocUnsafe(start + Buffer.byteLength(record))
  LINK.copy(bytes)
  bytes.write(previousHash, LINK.length, 'hex')
  bytes.write(record, start, 'utf8')
  return sha256Hex(bytes)
}

function commitment(salt: string, sealed: string): Digest {
  return sha256(`countersign/sealed/v2\0${salt}\0${sealed}`)
}

/** What the first chains committed to: not the text itself, but its canonical JSON. */
function firstCommitment(salt: string, sealed: string): Digest | null {
  const value = parse(sealed)
  return value === null ? null : sha256(`countersign/sealed/v1\0${salt}\0${canonicalJson(value)}`)
}
