import type { BackupProgress } from '@/lib/backup-engines/contract/engine'

const STATUS = '{"message_type":"status"'

/**
 * A line of `--json` while it works. How much there is is told before which files are at hand, so a line that was cut off for its
 * length still tells it.
 */
export function parseStatus(line: string): BackupProgress | null {
  if (!line.startsWith(STATUS)) return null
  const number = (name: string): number | null => {
    const found = new RegExp(`"${name}":(\\d+)`).exec(line)?.[1]
    return found === undefined ? null : Number(found)
  }
  const files = number('files_done') ?? number('files_restored') ?? 0
  return {
    done: number('bytes_done') ?? number('bytes_restored') ?? 0,
    total: number('total_bytes'),
    unit: 'bytes',
    files: { done: files, total: number('total_files') },
  }
}

/** `[0:01] 40.00%  6 / 15 packs copied` */
export function parseBar(line: string): BackupProgress | null {
  const [, done, total, what] = /^\[[\d:]+\]\s+[\d.]+%\s+(\d+) \/ (\d+) (.+)$/.exec(line.trim()) ?? []
  if (done === undefined || total === undefined || what === undefined) return null
  return { done: Number(done), total: Number(total), unit: 'items', phase: what.trim() }
}
