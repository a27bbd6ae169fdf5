import type { PlannedChange } from '@/components/plans/plan-request'
import type { OperationHostView } from '@/lib/operations/schema'

const DOING: Record<PlannedChange['action'], string> = {
  create_mount: 'Mounting',
  mount: 'Mounting',
  unmount: 'Unmounting',
  delete_mount: 'Removing',
  update_mount: 'Changing',
  update_backend: 'Changing',
  sync: 'Bringing to the wanted state',
  abandon: 'Abandoning',
  adopt: 'Taking over',
  set_overrides: 'Changing',
  adopt_existing: 'Taking over',
  delete_backend: 'Removing',
  connect: 'Connecting',
  disconnect: 'Disconnecting',
}

/** What goes on while a change is made. */
export function doingOf({ action }: Pick<PlannedChange, 'action'>): string {
  return DOING[action]
}

/** What an operation on a mount does, by its kind and by what is wanted of the mount. */
export function doingOfOperation(kind: string, desired: 'mounted' | 'unmounted'): string {
  if (kind === 'mount.apply') return desired === 'mounted' ? 'Mounting' : 'Unmounting'
  if (kind === 'mount.remove') return 'Removing'
  if (kind === 'mount.abandon') return 'Abandoning'
  return kind === 'mount.check' ? 'Checking' : 'Working'
}

type HostStatus = OperationHostView['status']

const OVER: ReadonlySet<HostStatus> = new Set(['succeeded', 'failed', 'partial', 'cancelled', 'waiting'])

/** "Mounting 1 of 3": the one that is worked on now, of all. */
export function progressWords(doing: string, hosts: readonly { status: HostStatus }[]): string {
  if (hosts.length < 2) return doing
  const over = hosts.filter(({ status }) => OVER.has(status)).length
  return `${doing} ${Math.min(over + 1, hosts.length)} of ${hosts.length}`
}
