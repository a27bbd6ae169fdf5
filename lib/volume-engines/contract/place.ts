import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { HoldfastError } from '@/lib/errors'
import type { Secret } from '@/lib/secret'

/** Where the volumes of a pool lie on one host, as the driver of its backend has opened it. */
export interface DirectoryPlace {
  kind: 'directory'
  /** The mount that is the pool's own. */
  path: string
}

export interface VolumeGroupPlace {
  kind: 'volume-group'
  group: string
  /** The disks that LVM may look at, and no others. */
  devices: readonly string[]
  /** The thin pool that the driver has opened in it; null: its volumes are thick. */
  thinPool: string | null
}

export interface RbdPlace {
  kind: 'rbd'
  /** The pool of Ceph. */
  pool: string
  /** Empty: the default one. */
  namespace: string
  /** Without `client.` */
  user: string
  key: Secret
  /** ceph.conf with the monitors, and nothing that is secret. */
  configuration: string
}

export type PoolPlace = DirectoryPlace | VolumeGroupPlace | RbdPlace
export type PlaceKind = PoolPlace['kind']

/** Of a file storage. Throws `internal` where it has no mount, which the agent does not let happen. */
export function directoryPlace(target: MountTarget | null): DirectoryPlace {
  if (target === null) throw new HoldfastError('internal', 'A pool of a file storage has no mount.')
  return { kind: 'directory', path: target.path }
}
