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

/** Machines of libvirt on this host. What they have open is changed through them alone. */
export interface Machines {
  /** The disks of those that run; empty where there is no libvirt, or none that answers. */
  disks(): Promise<MachineDisk[]>
  /** The machine sees the new size at once. Bytes; as large already: success. */
  resize(disk: MachineDisk, sizeBytes: number): Promise<void>
}
