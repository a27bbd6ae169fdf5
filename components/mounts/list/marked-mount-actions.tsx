import { RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import type { MountOrder } from '@/components/mounts/list/review-mounts'
import { Button } from '@/components/ui/button'

/** What can be done with all marked mounts at once. */
export function MarkedMountActions({ onAct }: { onAct: (verb: MountOrder['verb']) => void }) {
  return (
    <>
      <Button size="sm" icon={Waypoints} onClick={() => onAct('mount')}>
        Mount
      </Button>
      <Button size="sm" icon={Unplug} onClick={() => onAct('unmount')}>
        Unmount
      </Button>
      <Button size="sm" icon={RefreshCw} onClick={() => onAct('sync')}>
        Bring to wanted state
      </Button>
      <Button size="sm" icon={Trash2} className="text-critical" onClick={() => onAct('delete')}>
        Delete
      </Button>
    </>
  )
}
