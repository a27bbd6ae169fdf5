import type { ProblemId } from '@/lib/drivers/problems/catalogue'

/** Capacity in bytes. `null` is "unknown": never 0 and never invented. */
export interface Usage {
  totalBytes: number | null
  usedBytes: number | null
  availableBytes: number | null
  /** Only where it is known of this storage alone. */
  fileCount: number | null
  /** Work that has not reached the storage yet (S3 upload queue). */
  pending?: Pending
  /** How full the parts of a thin pool are. It stops when either is full, so both must be watched. */
  thinPool?: ThinPoolUsage
  /** Of the file system that it lies on, which others may share. Without a free one no file can be made, whatever room there is. */
  inodes?: Inodes
}

export interface Inodes {
  total: number
  used: number
}

/** Nothing where a file system makes them as it needs them (btrfs), or has none (SMB). */
export function inodesOf({
  totalInodes,
  freeInodes,
}: {
  totalInodes: number
  freeInodes: number
}): Pick<Usage, 'inodes'> {
  if (totalInodes <= 0 || freeInodes > totalInodes) return {}
  return { inodes: { total: totalInodes, used: totalInodes - freeInodes } }
}

/** In percent, as LVM measures it; `null` while the pool is not active. */
export interface ThinPoolUsage {
  dataPercent: number | null
  metadataPercent: number | null
}

/** What stands on a host while a backend of type block is connected there. */
export interface Connection {
  /** One line for people. */
  summary: string
  /** Names and values for people, such as the WWID of the device. Never a secret. */
  details: Record<string, string>
  usage: Usage | null
}

export interface Pending {
  files: number
  bytes: number | null
  /** What the storage's own cache on this host holds, and whether the disk below it is full. */
  cacheBytes?: number
  cacheFull?: boolean
  /** What the program that uploads has done since it began, reads among it. */
  uploads?: { done: number; bytes: number; failed: number; said: string | null; heldMs: number }
}

/** The last that this host's own node has said, of a storage that consists of nodes. */
export interface NodeStatus {
  id: string
  role: string
  /** Id of the node that leads; null while none is known. */
  leader: string | null
  /** Of the other nodes, those that were heard of lately. */
  activePeers: number
  peers: number
  /** Counts the changes that the node has taken over. Nodes with the same figure are in sync. */
  version: number
  /** It has stopped telling. */
  isStale: boolean
}

/** `status` is null when there is nothing that can be read. */
export interface NodeReport {
  status: NodeStatus | null
  problem: ProblemId | null
}

export interface Choice {
  value: string
  label?: string
  detail?: string
}
