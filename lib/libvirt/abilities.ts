import { isAtLeast } from '@/lib/libvirt/versions'

/** What answers on a host for its virtual machines; null: it could not be read. */
export interface LibvirtVersions {
  libvirt: string | null
  qemu: string | null
}

interface Ability {
  /** What can be done with a disk, as people call it. */
  title: string
  libvirt: string
  qemu: string
}

/**
 * From which versions on libvirt and QEMU can do something with the disks of machines. Sources: NEWS of libvirt for 6.0.0 and 5.10.0
 * (all disks are nodes of QEMU 4.2, so that a running machine goes on with another image under the name that libvirt knows), 7.2.0
 * (full backups), 9.0.0 (deletion of external snapshots), 9.9.0 (reverting them), 11.6.0 (`<source protocol='rbd'>` with a namespace);
 * QAPI of QEMU 5.0 (`BlockdevOptionsRbd.namespace`).
 */
export const LIBVIRT_ABILITIES = {
  snapshot: {
    title: 'Snapshots of image files are taken and deleted while a machine runs',
    libvirt: '6.0.0',
    qemu: '4.2',
  },
  copy: { title: 'A disk moves to another image while its machine runs', libvirt: '6.0.0', qemu: '4.2' },
  backup: { title: 'Full backups while a machine runs', libvirt: '7.2.0', qemu: '4.2' },
  deleteSnapshot: { title: 'Its own external snapshots can be deleted', libvirt: '9.0.0', qemu: '4.2' },
  revertSnapshot: { title: 'Its own external snapshots can be gone back to', libvirt: '9.9.0', qemu: '4.2' },
  rbdNamespace: { title: 'Ceph images in a namespace', libvirt: '11.6.0', qemu: '5.0' },
} as const satisfies Record<string, Ability>
export type LibvirtAbility = keyof typeof LIBVIRT_ABILITIES

/** A version that is not known can do nothing: what is said to work must work. */
export function isAble(ability: LibvirtAbility, { libvirt, qemu }: LibvirtVersions): boolean {
  const least = LIBVIRT_ABILITIES[ability]
  return isAtLeast(libvirt, least.libvirt) && isAtLeast(qemu, least.qemu)
}

/** `libvirt 11.6.0 and QEMU 5.0` */
export function neededFor(ability: LibvirtAbility): string {
  const { libvirt, qemu } = LIBVIRT_ABILITIES[ability]
  return `libvirt ${libvirt} and QEMU ${qemu}`
}

/** `libvirt 9.0.0 and no known QEMU` */
export function versionsInWords({ libvirt, qemu }: LibvirtVersions): string {
  const told = (name: string, version: string | null) => (version === null ? `no known ${name}` : `${name} ${version}`)
  return `${told('libvirt', libvirt)} and ${told('QEMU', qemu)}`
}
