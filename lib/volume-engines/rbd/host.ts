import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import { adopt, deleteSnapshot, grow, purge, restore, snapshot, trash, untrash } from '@/lib/volume-engines/rbd/changes'
import { clone, flatten } from '@/lib/volume-engines/rbd/clones'
import { create, source } from '@/lib/volume-engines/rbd/content'
import type { RbdSettings } from '@/lib/volume-engines/rbd/descriptor'
import { find, look } from '@/lib/volume-engines/rbd/look'
import { open, release } from '@/lib/volume-engines/rbd/open'

/** A dozen programs, of which `ceph` alone takes five seconds to start on a small host; each gives up after ten without an answer. */
const LOOK_MS = 60_000

/** Volumes as images of a Ceph pool, through the tools of Ceph and qemu-img. */
export const rbdEngine: VolumeEngine<RbdPlace, RbdSettings> = {
  lookMs: LOOK_MS,
  open,
  release,
  look,
  find,
  source,
  create,
  clone,
  grow,
  snapshot,
  deleteSnapshot,
  restore,
  flatten,
  trash,
  untrash,
  purge,
  adopt,
}
