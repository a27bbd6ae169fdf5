import type { MountView } from '@/lib/mounts/schema'

/** What the main button of a mount does: the opposite of what is wanted now. */
export function verbFor(mount: Pick<MountView, 'desired_state'>): 'mount' | 'unmount' {
  return mount.desired_state === 'mounted' ? 'unmount' : 'mount'
}
