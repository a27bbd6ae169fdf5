import type { LibvirtVersions } from '@/lib/libvirt/abilities'

/** A disk of a machine of libvirt that runs on this host. */
export interface MachineDisk {
  machine: { uuid: string; name: string }
  /** Its name in the machine's definition: `vda`. */
  target: string
  /** Other disks of the machine, by those names. */
  others: readonly string[]
  /** What it reads and writes: the path of a file or device, or `pool/image` or `pool/namespace/image` of Ceph. */
  image: string
}

/**
 * How the file systems in the machine were for a snapshot: `still`, with all written down; else no agent in it answers, or it has one that
 * will not do this, and they are as after a loss of power.
 */
export type Stillness = 'still' | 'no agent' | 'refused'

/** An image that QEMU has open for a disk. */
export interface OpenImage {
  path: string
  /** How libvirt calls it in a merge: `vda[3]`. */
  name: string
}

/** Images that lie on each other become fewer, by their names as `OpenImage` has them; what the machine reads stays the same. */
export type ImageMerge =
  /** What `top` keeps is written into `base`, and what lay on `top` lies on `base` then. The machine writes to neither of them. */
  | { do: 'commit'; top: string; base: string }
  /** What the machine writes to gets all that is kept between it and `base`, and lies on that then; null: on nothing. */
  | { do: 'pull'; base: string | null }

/** What QEMU does with a disk beside the machine. */
export interface DiskJob {
  do: ImageMerge['do'] | 'something else'
  /** Bytes. */
  done: number
  total: number
}

/** Machines of libvirt on this host. What they have open is changed through them alone. */
export interface Machines {
  /** The disks of those that run; empty where there is no libvirt, or none that answers. */
  disks(): Promise<MachineDisk[]>
  versions(): Promise<LibvirtVersions>
  /** What this disk of the machine is now, or when it is started again where it does not run; null: there is no such disk. */
  imageOf(disk: MachineDisk): Promise<string | null>
  /** The machine goes on with this image, which is based on what the disk was until then. */
  snapshot(disk: MachineDisk, path: string): Promise<Stillness>
  /**
   * After a snapshot libvirt writes into the machine's definition which images lie below the disk, and believes that from then on, also
   * where they are others by then. This takes it out again: it looks itself when the machine is started. Done already: success.
   */
  settle(disk: MachineDisk): Promise<void>
  /** What QEMU has open for this disk, from the image that it writes to downwards; null: the machine does not run. */
  images(disk: MachineDisk): Promise<OpenImage[] | null>
  /** Begins it; it goes on without us. */
  merge(disk: MachineDisk, merge: ImageMerge): Promise<void>
  /** Null: nothing is done with this disk, also where the machine does not run any more. */
  job(disk: MachineDisk): Promise<DiskJob | null>
  /** Stops what is done with this disk; all that the machine reads stays the same. Nothing: success. */
  stopJob(disk: MachineDisk): Promise<void>
  /** The machine sees the new size at once. Bytes; as large already: success. */
  resize(disk: MachineDisk, sizeBytes: number): Promise<void>
}
