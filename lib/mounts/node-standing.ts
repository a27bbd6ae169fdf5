import { NodeReportMessage } from '@/lib/agent-protocol/messages'
import type { NodeStatus } from '@/lib/drivers/contract/values'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import type { MountOnHostRecord } from '@/lib/mounts/repository'
import type { NodeView } from '@/lib/mounts/schema'

export type NodeStanding = Omit<NodeView, 'advice'>

type NodeRow = Pick<MountOnHostRecord, 'hostId' | 'node'> & {
  host: Pick<MountOnHostRecord['host'], 'observedStatus'>
}
type Sync = Pick<NodeView, 'sync' | 'behind_by'>

const UNKNOWN: Sync = { sync: 'unknown', behind_by: null }
const PROBLEM_OF: Partial<Record<NodeView['sync'], ProblemId>> = { behind: 'node.behind', split: 'node.split' }

/** How the nodes of one mount stand to each other, by host. Hosts whose mount has no node are left out. */
export function standingsOf(rows: readonly NodeRow[]): Map<string, NodeStanding> {
  const reports = rows.flatMap(({ hostId, node, host }) => {
    const { data } = NodeReportMessage.safeParse(node)
    return data === undefined ? [] : [{ hostId, isOnline: host.observedStatus === 'online', ...data }]
  })
  // Of a host that does not answer only old news is known, which says nothing about now.
  const living = reports.flatMap(({ isOnline, status }) => (isOnline && status !== null ? [status] : []))
  return new Map(
    reports.map(({ hostId, isOnline, status, problem }) => {
      const standing = status !== null && isOnline ? syncOf(status, living) : UNKNOWN
      return [
        hostId,
        {
          ...standing,
          id: status?.id ?? null,
          role: status?.role ?? null,
          leader: status?.leader ?? null,
          active_peers: status?.activePeers ?? null,
          peers: status?.peers ?? null,
          version: status?.version ?? null,
          problem: PROBLEM_OF[standing.sync] ?? problem,
        },
      ]
    }),
  )
}

/** In sync is who is at the newest version, which needs somebody to compare with: the leader or another node. */
function syncOf(own: NodeStatus, all: readonly NodeStatus[]): Sync {
  if (own.isStale) return { sync: 'stale', behind_by: null }
  const fresh = all.filter((node) => !node.isStale)
  if (new Set(fresh.flatMap(({ leader }) => leader ?? [])).size > 1) return { sync: 'split', behind_by: null }
  const behind = Math.max(...fresh.map(({ version }) => version)) - own.version
  if (behind > 0) return { sync: 'behind', behind_by: behind }
  return fresh.length > 1 || own.leader === own.id ? { sync: 'in_sync', behind_by: null } : UNKNOWN
}
