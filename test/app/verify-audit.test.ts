/**
 * The audit log is checked beside a running service: whatever it writes between two reads is no fault.
 * Broken builds that this was seen to catch: what roots have seen of the service read after its row; the last marked root
 * read after the roots; what was appended to the service's chain meanwhile taken for what is left of a cut.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeRoot } from '../../src/app/make-root.ts'
import type { Store } from '../../src/app/ports.ts'
import { type AuditFault, verifyAudit, verifyRoots } from '../../src/app/verify-audit.ts'
import { createRootCheck } from '../../src/grants/root-check.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { label, unpredictable } from '../contract/open-store.ts'
import { openAudited } from '../fixtures/audited.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aSigner } from '../fixtures/signer.ts'

const ADMIN = 'U0000000003'

it('finds no fault in what happens meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-meanwhile-'))
  const signer = await aSigner()
  const audited = await openAudited(join(folder, 'audit.db'))
  const { app, store, ids, more } = audited
  const reading = openSqliteStore({ file: join(folder, 'audit.db'), random: unpredictable })
  const root = () => makeRoot({ store, signer, clock: () => NOON, isSent: false, wake: () => undefined })
  let happened = 0
  const happen = async () => {
    happened += 1
    await store.update(ids.passed, null, NOON, (decision) => label(decision, 'again'))
    await app.freeze(ADMIN, { kind: 'action', name: 'note' }, 'it loops')
    await app.unfreeze(ADMIN, { kind: 'action', name: 'note' }, 'mended')
    await more()
    await root()
  }
  try {
    await root()
    const beside = before(reading, happen)
    const faults: AuditFault[] = []
    const found = (fault: AuditFault) => faults.push(fault)
    for (let times = 0; times < 3; times += 1) {
      await verifyRoots(beside, { openRoot: createRootCheck(signer.jwks), known: [] }, found)
      await verifyAudit(beside, found)
    }
    expect(faults).toEqual([])
    expect(happened).toBeGreaterThan(20)
    expect((await store.lastRoot())?.n).toBe(happened + 1)
  } finally {
    await reading.close()
    await audited.close()
    rmSync(folder, { recursive: true })
  }
})

/** Something happens before each read. */
function before(store: Store, happen: () => Promise<void>): Store {
  return {
    ...store,
    chains: async (...which) => {
      await happen()
      return store.chains(...which)
    },
    serviceRow: async () => {
      await happen()
      return store.serviceRow()
    },
    serviceEntries: async (...which) => {
      await happen()
      return store.serviceEntries(...which)
    },
    seen: async (chain) => {
      await happen()
      return store.seen(chain)
    },
    lost: async (...which) => {
      await happen()
      return store.lost(...which)
    },
    orphans: async () => {
      await happen()
      return store.orphans()
    },
    lastMarkedRoot: async () => {
      await happen()
      return store.lastMarkedRoot()
    },
    roots: async (...which) => {
      // Roots that are made while roots are read would have no end.
      if (which[0] === 0) await happen()
      return store.roots(...which)
    },
  }
}
