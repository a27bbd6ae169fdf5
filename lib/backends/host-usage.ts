import type { z } from 'zod'
import type { UsageMessage } from '@/lib/agent-protocol/messages'

/** Figures of a mount on a host, as they are stored with it. */
export type StoredUsage = z.infer<typeof UsageMessage> & { asOf?: string | null }

export function isUsage(value: unknown): value is StoredUsage {
  return typeof value === 'object' && value !== null && 'totalBytes' in value && 'usedBytes' in value
}

/** Used of total, from 0 to 1; null when one of them is unknown. */
function shareOf({ usedBytes, totalBytes }: StoredUsage): number | null {
  return usedBytes === null || totalBytes === null || totalBytes <= 0 ? null : usedBytes / totalBytes
}

/** Fullest first; what is unknown comes last. */
function compareFullness(a: StoredUsage, b: StoredUsage): number {
  return (shareOf(b) ?? -1) - (shareOf(a) ?? -1)
}

interface WithUsage {
  hostName: string
  usage: unknown
}

/** Those that have figures, fullest first. */
export function byFullness<Row extends WithUsage>(rows: readonly Row[]): (Row & { usage: StoredUsage })[] {
  return rows
    .flatMap((row) => (isUsage(row.usage) ? [{ ...row, usage: row.usage }] : []))
    .sort((a, b) => compareFullness(a.usage, b.usage) || a.hostName.localeCompare(b.hostName, 'en'))
}

/** Of a storage that each host has for itself, the one that needs somebody first. */
export function worstUsage<Row extends WithUsage>(rows: readonly Row[]): (Row & { usage: StoredUsage }) | null {
  return byFullness(rows)[0] ?? null
}
