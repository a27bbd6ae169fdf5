import { Advice } from '@/components/data/advice'
import { Status } from '@/components/ui/status'
import type { NodeView } from '@/lib/mounts/schema'
import type { StatusWord } from '@/lib/tones'

function standing({ sync, behind_by, version, id }: NodeView): StatusWord {
  switch (sync) {
    case 'in_sync':
      return { tone: 'healthy', word: 'In sync' }
    case 'behind':
      return { tone: 'warning', word: `Behind the newest by ${behind_by}` }
    case 'split':
      return { tone: 'critical', word: 'Hosts follow different leaders' }
    case 'stale':
      return { tone: 'critical', word: 'Status stale: the node has stopped' }
    case 'unknown':
      return id === null
        ? { tone: 'warning', word: 'The node writes no status' }
        : { tone: 'unknown', word: `At version ${version}, nothing to compare with` }
  }
}

/** `Node b, follower of a, 1 of 2 peers active` */
function described({ id, role, leader, active_peers, peers }: NodeView): string {
  if (id === null) return 'Node of this host'
  const follows = leader === null || leader === id ? role : `${role} of ${leader}`
  const others = peers === 0 ? 'no peers' : `${active_peers} of ${peers} ${peers === 1 ? 'peer' : 'peers'} active`
  return `Node ${id}, ${follows}, ${others}`
}

/** What the node of a host says, and how it stands to those of the others. */
export function NodeNote({ node }: { node: NodeView }) {
  return (
    <div className="mt-1.5 text-12 text-muted">
      <p className="flex min-w-0 flex-wrap items-center gap-x-2">
        <span className="min-w-0 break-words">{described(node)}</span>
        <Status {...standing(node)} />
      </p>
      {node.advice && (
        <p className="mt-0.5">
          <Advice>{node.advice}</Advice>
        </p>
      )}
    </div>
  )
}
