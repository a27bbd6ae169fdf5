import { readFileSync } from 'node:fs'
import { unescapeOctal } from '@/agent/host/mounting/mountinfo'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'

/** What the kernel has counted of a mount since it is there; the counters only grow. */
export interface IoCounters {
  /** Whose: the mount's, or those of the whole disk that it lies on. */
  of: 'mount' | 'disk'
  readBytes: number
  writtenBytes: number
  operations: number
  /** Milliseconds that all operations together waited for their answers. */
  waitedMs: number
}

const SECTOR_BYTES = 512
const MOUNTSTATS = '/proc/self/mountstats'

/**
 * Reads what the kernel keeps in memory, so it asks no server and never waits. Null where the kernel counts nothing for it: FUSE, SMB, and
 * file systems that lie on no single disk.
 */
export function readIoCounters(entry: Pick<MountEntry, 'target' | 'fsType' | 'device'>): IoCounters | null {
  try {
    if (/^nfs4?$/.test(entry.fsType)) return parseMountstats(readFileSync(MOUNTSTATS, 'utf8'), entry.target)
    if (!/^[1-9]\d*:\d+$/.test(entry.device)) return null
    return parseBlockStat(readFileSync(`/sys/dev/block/${entry.device}/stat`, 'utf8'))
  } catch {
    return null
  }
}

/** nfsiostat's source: the bytes that went over the line, and per kind of operation how many there were and how long they waited. */
export function parseMountstats(text: string, target: string): IoCounters | null {
  const sections = text.split(/^(?=device )/m)
  const own = sections.findLast((section) => {
    const [, place, fsType] = /^device .* mounted on (\S+) with fstype (\S+)/.exec(section) ?? []
    return place !== undefined && unescapeOctal(place) === target && /^nfs4?$/.test(fsType ?? '')
  })
  if (own === undefined) return null
  const bytes = /^\s*bytes:((?:\s+\d+)+)\s*$/m.exec(own)?.[1]?.trim().split(/\s+/).map(Number)
  const [readBytes, writtenBytes] = bytes?.slice(4, 6) ?? []
  const operations = operationsIn(own)
  if (readBytes === undefined || writtenBytes === undefined || operations.length === 0) return null
  return {
    of: 'mount',
    readBytes,
    writtenBytes,
    operations: operations.reduce((sum, { count }) => sum + count, 0),
    waitedMs: operations.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
  }
}

/** `READ: ops transmissions timeouts sent received queue rtt execute [errors]`, times in milliseconds. */
function operationsIn(section: string): { count: number; waitedMs: number }[] {
  const start = section.indexOf('per-op statistics')
  if (start === -1) return []
  return section
    .slice(start)
    .split('\n')
    .flatMap((line) => {
      const figures = /^\s*[A-Z_0-9]+:((?:\s+\d+){8,9})\s*$/.exec(line)?.[1]?.trim().split(/\s+/).map(Number)
      const [count, waitedMs] = [figures?.[0], figures?.[6]]
      return count === undefined || waitedMs === undefined ? [] : [{ count, waitedMs }]
    })
}

/** Documentation/block/stat.rst: reads, merged, sectors, ms, writes, merged, sectors, ms, and more in newer kernels. */
export function parseBlockStat(text: string): IoCounters | null {
  const figures = text.trim().split(/\s+/).map(Number)
  const [reads, , sectorsRead, readMs, writes, , sectorsWritten, writeMs] = figures
  const isKnown = figures.length >= 11 && figures.every((figure) => Number.isSafeInteger(figure) && figure >= 0)
  if (!isKnown || reads === undefined || sectorsRead === undefined || readMs === undefined) return null
  if (writes === undefined || sectorsWritten === undefined || writeMs === undefined) return null
  return {
    of: 'disk',
    readBytes: sectorsRead * SECTOR_BYTES,
    writtenBytes: sectorsWritten * SECTOR_BYTES,
    operations: reads + writes,
    waitedMs: readMs + writeMs,
  }
}
