import { createHash } from 'node:crypto'

/** `previousHash` of the first entry. */
export const CHAIN_START = '0'.repeat(64)

/** One audit entry without its hash, as it is stored. */
export interface ChainedEntry {
  sequence: number
  id: string
  at: Date
  actorKind: string
  actorId: string | null
  actorName: string
  action: string
  targetKind: string | null
  targetId: string | null
  targetName: string | null
  result: string
  requestId: string | null
  change: unknown
  previousHash: string
}

/** SHA-256 over every column in a fixed order; a database may return JSON keys in another order, so they are sorted. */
export function hashEntry(entry: ChainedEntry): string {
  const columns = [
    entry.previousHash,
    entry.sequence,
    entry.id,
    entry.at.toISOString(),
    entry.actorKind,
    entry.actorId,
    entry.actorName,
    entry.action,
    entry.targetKind,
    entry.targetId,
    entry.targetName,
    entry.result,
    entry.requestId,
    sorted(entry.change ?? null),
  ]
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}
