import { z } from 'zod'
import type { NodeReport } from '@/lib/drivers/contract/values'

/** Of the file and of peers: a node that was heard of within this time is there. */
export const STALE_AFTER_SECONDS = 10

const Count = z.number().min(0).max(Number.MAX_SAFE_INTEGER)
const Name = z.string().max(255)

/** `cluster_status.json` of WolfDisk 2.2, rewritten every second. Unknown keys are left alone. */
const ClusterStatus = z.object({
  node_id: Name,
  role: Name,
  state: Name,
  bind_address: Name.optional(),
  leader_id: Name.nullish(),
  index_version: Count,
  file_count: Count.optional(),
  total_size: Count.optional(),
  peers: z
    .array(
      z.object({
        node_id: Name,
        address: Name,
        role: Name.nullish(),
        is_leader: z.boolean().optional(),
        is_client: z.boolean().optional(),
        last_seen_secs_ago: z.number().min(0),
      }),
    )
    .max(1024),
  /** Unix seconds. */
  updated_at: Count,
})

export interface ClusterPeer {
  nodeId: string
  address: string
  isLeader: boolean
  isActive: boolean
  secondsAgo: number
}

export interface ClusterStatus {
  nodeId: string
  role: string
  state: string
  leaderId: string | null
  indexVersion: number
  fileCount: number | null
  totalBytes: number | null
  peers: ClusterPeer[]
  /** Unix seconds. */
  updatedAt: number
}

/** Null for anything that is not such a file, a half-written one too. */
export function parseClusterStatus(text: string): ClusterStatus | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const { data } = ClusterStatus.safeParse(json)
  if (data === undefined) return null
  return {
    nodeId: data.node_id,
    role: data.role,
    state: data.state,
    leaderId: data.leader_id ?? null,
    indexVersion: data.index_version,
    fileCount: data.file_count ?? null,
    totalBytes: data.total_size ?? null,
    peers: data.peers.map((peer) => ({
      nodeId: peer.node_id,
      address: peer.address,
      isLeader: peer.is_leader ?? peer.node_id === data.leader_id,
      isActive: peer.last_seen_secs_ago < STALE_AFTER_SECONDS,
      secondsAgo: peer.last_seen_secs_ago,
    })),
    updatedAt: data.updated_at,
  }
}

/** A node that stopped leaves its last status behind. */
export function isStale(status: ClusterStatus, nowSeconds: number): boolean {
  return nowSeconds - status.updatedAt > STALE_AFTER_SECONDS
}

/** Two nodes hold the same when their indexes are at the same version. */
export function isInSync(a: ClusterStatus, b: ClusterStatus): boolean {
  return a.indexVersion === b.indexVersion
}

/** A leader may leave out who leads. */
function leaderOf({ leaderId, role, nodeId }: ClusterStatus): string | null {
  return leaderId ?? (role === 'leader' ? nodeId : null)
}

/**
 * Is there nobody who leads? A client keeps no files, and a follower waits for others; a leader, and a node that is the only one, serve
 * what they have.
 */
export function isAlone(status: ClusterStatus): boolean {
  const leader = leaderOf(status)
  if (leader === status.nodeId) return false
  if (leader === null) return status.role === 'client' || status.peers.length > 0
  return status.peers.some((peer) => peer.nodeId === leader && !peer.isActive)
}

function activePeers({ peers }: ClusterStatus): number {
  return peers.filter((peer) => peer.isActive).length
}

/** The same, in the words that every storage with nodes has. */
export function nodeReport(status: ClusterStatus, nowSeconds: number): NodeReport {
  const active = activePeers(status)
  const stale = isStale(status, nowSeconds)
  const missing = active < status.peers.length ? 'wolfdisk.peer_missing' : null
  return {
    status: {
      id: status.nodeId,
      role: status.role,
      leader: leaderOf(status),
      activePeers: active,
      peers: status.peers.length,
      version: status.indexVersion,
      isStale: stale,
    },
    problem: stale ? 'wolfdisk.stale' : missing,
  }
}

/** `follower of node-a, 2 of 3 peers active, index 42` */
export function describeStatus(status: ClusterStatus): string {
  const leader = leaderOf(status)
  const role = leader === null || leader === status.nodeId ? status.role : `${status.role} of ${leader}`
  const active = activePeers(status)
  const peers =
    status.peers.length === 0
      ? 'no peers'
      : `${active} of ${status.peers.length} ${status.peers.length === 1 ? 'peer' : 'peers'} active`
  return `${role}, ${peers}, index ${status.indexVersion}`
}
