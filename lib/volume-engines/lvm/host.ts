import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { clone, create, requireAble } from '@/lib/volume-engines/lvm/create'
import type { LvmSettings } from '@/lib/volume-engines/lvm/descriptor'
import { find, look } from '@/lib/volume-engines/lvm/find'
import { adopt, source } from '@/lib/volume-engines/lvm/foreign'
import { grow } from '@/lib/volume-engines/lvm/grow'
import { open, release } from '@/lib/volume-engines/lvm/open'
import { deleteSnapshot, restore, snapshot } from '@/lib/volume-engines/lvm/snapshots'
import { purge, trash, untrash } from '@/lib/volume-engines/lvm/trash'

/** LVM waits for the locks of what changes the group meanwhile. That a LUN has gone is told by its connection, see `Ground`. */
const LOOK_MS = 60_000

/** Volumes as logical volumes of a group that is open on this host. LVM alone knows what is there; nothing is kept beside it. */
export const lvmHost: VolumeEngine<VolumeGroupPlace, LvmSettings> = {
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
  flatten: (pool, _volumeId, turn) => turn.step('look', async () => requireAble(pool, 'flatten')),
  trash,
  untrash,
  purge,
  adopt,
}
