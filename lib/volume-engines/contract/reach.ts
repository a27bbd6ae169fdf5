/**
 * How a program on a host reaches the volumes of a block storage, from the settings of the backend alone and without anything secret.
 * Volumes of a file storage are reached below the mount of their pool.
 */
export type BlockReach = VolumeGroupReach | RbdReach

export interface VolumeGroupReach {
  kind: 'volume-group'
  group: string
}

export interface RbdReach {
  kind: 'rbd'
  pool: string
  /** Empty: the default one. */
  namespace: string
  /** Without `client.` */
  user: string
  /** All of them. A port of null: the usual ones, 3300 and 6789. IPv6 without brackets. */
  monitors: readonly { address: string; port: number | null }[]
  /** Under which libvirt on the hosts knows the key, where people have said so. */
  secretUuid: string | null
}
