import type { z } from 'zod'
import type { UsageMessage } from '@/lib/agent-protocol/messages'
import { compareFullness, spaceOfUsage } from '@/lib/fullness'

/** Figures of a mount on a host, as they are stored with it. */
export type StoredUsage = z.infer<typeof UsageMessage> & { asOf?: string | null }

export function isUsage(value: unknown): value is StoredUsage {
  return typeof value === 'object' && value !== null && 'totalBytes' in value && 'usedBytes' in value
}

interface WithUsage {
  hostName: string
  usage: unknown
}

/** Those that have figures, fullest first. */
export function byFullness<Row extends WithUsage>(rows: readonly Row[]): (Row & { usage: StoredUsage })[] {
  return rows
    .flatMap((row) => (isUsage(row.usage) ? [{ ...row, usage: row.usage }] : []))
    .sort(
      (a, b) =>
        compareFullness(spaceOfUsage(a.usage), spaceOfUsage(b.usage)) || a.hostName.localeCompare(b.hostName, 'en'),
    )
}

/** The one with the largest part of its inodes in use; null: none of them has a fixed number. */
export function scarcestInodes<Row extends WithUsage>(rows: readonly Row[]): (Row & { usage: StoredUsage }) | null {
  const known = rows.flatMap((row) => (isUsage(row.usage) && row.usage.inodes ? [{ ...row, usage: row.usage }] : []))
  const shareOf = ({ usage: { inodes } }: { usage: StoredUsage }) => (inodes ? inodes.used / inodes.total : 0)
  return known.toSorted((a, b) => shareOf(b) - shareOf(a) || a.hostName.localeCompare(b.hostName, 'en'))[0] ?? null
}

/** Of a storage that each host has for itself, the one that needs somebody first. */
export function worstUsage<Row extends WithUsage>(rows: readonly Row[]): (Row & { usage: StoredUsage }) | null {
  return byFullness(rows)[0] ?? null
}
