import 'server-only'
import type { z } from 'zod'
import { CHAIN_START, hashEntry } from '@/lib/audit/chain'
import * as repository from '@/lib/audit/repository'
import type { AuditView, ListAudit } from '@/lib/audit/schema'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/ids'

export interface AuditRecord {
  /** `<noun>.<past tense>`, such as `backend.created`. */
  action: string
  target?: { kind: string; id: string; name: string }
  result?: 'success' | 'failure'
  /** Fields before and after. Never a secret: say that it changed, not to what. */
  change?: Record<string, unknown>
}

/**
 * Adds one entry to the chain, inside the transaction of the change it tells of, and last in it: on PostgreSQL it holds the
 * chain until the transaction ends.
 */
export async function recordAudit(tx: Db, actor: Actor, record: AuditRecord): Promise<void> {
  const newest = await repository.lockNewest(tx)
  const entry = {
    sequence: (newest?.sequence ?? 0) + 1,
    id: newId('audit'),
    at: new Date(),
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    action: record.action,
    targetKind: record.target?.kind ?? null,
    targetId: record.target?.id ?? null,
    targetName: record.target?.name ?? null,
    result: record.result ?? 'success',
    requestId: actor.requestId ?? null,
    // What the database will give back: no undefined, no Date objects.
    change: record.change === undefined ? null : JSON.parse(JSON.stringify(record.change)),
    previousHash: newest?.hash ?? CHAIN_START,
  }
  await repository.insert(tx, { ...entry, hash: hashEntry(entry) })
}

/** Newest first. `nextCursor` is the sequence number to go on from. */
export async function listAudit(
  actor: Actor,
  query: z.infer<typeof ListAudit>,
): Promise<{ data: AuditView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'audit.read')
  const filter = {
    targetId: query.target_id,
    actorNames: query.actor,
    actions: query.action,
    targetKinds: query.target_kind?.map((kind) => (kind === 'none' ? null : kind)),
  }
  const before = query.cursor === undefined ? undefined : Number(query.cursor)
  const [rows, total] = await Promise.all([repository.findPage(filter, before, query.limit), repository.count(filter)])
  const last = rows.at(-1)
  const outcomes = await repository.findOutcomes(rows.flatMap((row) => operationOf(row) ?? []))
  return {
    data: rows.map((row) => viewOf(row, outcomes.get(operationOf(row) ?? '') ?? null)),
    total,
    ...(last && rows.length === query.limit && last.sequence > 1 ? { nextCursor: String(last.sequence) } : {}),
  }
}

/** The operation that an entry has started. */
function operationOf({ change }: repository.AuditRow): string | null {
  const id = (change as { operation?: unknown } | null)?.operation
  return typeof id === 'string' ? id : null
}

/** The words of what it has started, which are kept with it. */
function summaryOf({ change }: repository.AuditRow): string | null {
  const summary = (change as { summary?: unknown } | null)?.summary
  return typeof summary === 'string' ? summary : null
}

function viewOf(row: repository.AuditRow, outcome: AuditView['outcome']): AuditView {
  return {
    id: row.id,
    sequence: row.sequence,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    summary: summaryOf(row),
    target: row.targetKind === null ? null : { kind: row.targetKind, id: row.targetId, name: row.targetName },
    result: row.result,
    outcome,
    request_id: row.requestId,
    change: row.change ?? null,
    hash: row.hash,
  }
}

export interface AuditVerdict {
  intact: boolean
  checked: number
  /** First entry that does not fit, with the reason. */
  broken_at: number | null
  reason: string | null
  /** The newest entry; keep it somewhere else and hand it in later as `anchor` to prove that nothing was cut off. */
  head: { sequence: number; hash: string } | null
}

const BATCH = 1_000

interface Link {
  sequence: number
  hash: string
}

/** Reads the whole chain and recomputes every hash. An `anchor` is an entry noted down earlier: it must still be there. */
export async function verifyAudit(actor: Actor, anchor?: Link): Promise<AuditVerdict> {
  authorize(actor, 'audit.read')
  let head: Link | null = null
  let checked = 0
  for (;;) {
    const rows: repository.AuditRow[] = await repository.findAfter(checked, BATCH)
    for (const row of rows) {
      const flaw = flawOf(row, head, anchor)
      if (flaw) return { intact: false, checked, broken_at: flaw.at, reason: flaw.reason, head }
      head = { sequence: row.sequence, hash: row.hash }
      checked++
    }
    if (rows.length < BATCH) break
  }
  if (anchor && anchor.sequence > checked) {
    return { intact: false, checked, broken_at: checked + 1, reason: 'Entries after this one were cut off.', head }
  }
  return { intact: true, checked, broken_at: null, reason: null, head }
}

function flawOf(
  row: repository.AuditRow,
  before: Link | null,
  anchor?: Link,
): { at: number; reason: string } | undefined {
  const expected = (before?.sequence ?? 0) + 1
  if (row.sequence !== expected) return { at: expected, reason: 'This entry is missing.' }
  const at = row.sequence
  if (row.previousHash !== (before?.hash ?? CHAIN_START))
    return { at, reason: 'It does not follow the entry before it.' }
  if (hashEntry(row) !== row.hash) return { at, reason: 'Its content was changed.' }
  if (anchor?.sequence === at && anchor.hash !== row.hash)
    return { at, reason: 'It is not the entry that was noted down.' }
  return undefined
}
