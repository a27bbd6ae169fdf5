import type { VolumeFormat } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'

/** How a disk is to be given to a virtual machine: what libvirt and QEMU are told, before it is written as XML or as arguments. */
export interface Disk {
  /** Of the volume; names the parts of it for QEMU. */
  id: string
  source: DiskSource
  format: VolumeFormat
  cache: CacheMode
  target: DiskTarget
  /** What the guest sees as the serial number of the disk. */
  serial: string
  access: 'one writer' | 'many writers' | 'readers'
}

export type DiskSource =
  | { type: 'file'; path: string }
  | { type: 'block'; device: string }
  | {
      type: 'network'
      pool: string
      namespace: string
      image: string
      user: string
      monitors: readonly { address: string; port: number | null }[]
      /** How libvirt finds the key. */
      secret: { uuid: string } | { usage: string }
      /** Where QEMU without libvirt finds it: a file with nothing but the key. */
      keyFile: string
    }

export const BUSES = ['virtio', 'scsi', 'sata'] as const
export type Bus = (typeof BUSES)[number]

/** `none` goes past the cache of the host; the words are libvirt's and QEMU's. */
export const CACHE_MODES = ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const
export type CacheMode = (typeof CACHE_MODES)[number]

export interface DiskTarget {
  bus: Bus
  /** `vda`: only a name of the machine's definition, by which it is told from its other disks. */
  dev: string
}

/** Do all writes go past the cache of the host? Then the kernel can carry them out by itself (`io=native`). */
export function isDirect(cache: CacheMode): boolean {
  return cache === 'none' || cache === 'directsync'
}

const PREFIXES: Readonly<Record<Bus, string>> = { virtio: 'vd', scsi: 'sd', sata: 'sd' }
const LETTERS = 26

/** `a` … `z`, `aa` …, as the kernel and libvirt count disks. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % LETTERS))
  return index < LETTERS ? last : letters(Math.floor(index / LETTERS) - 1) + last
}

/** The first name of that bus that the machine does not use yet. */
export function freeTarget(bus: Bus, taken: readonly string[]): DiskTarget {
  const used = new Set(taken)
  for (let index = 0; ; index++) {
    const dev = PREFIXES[bus] + letters(index)
    if (!used.has(dev)) return { bus, dev }
  }
}

/** A name that somebody wants. Throws `conflict` where it is taken, `invalid_input` where it is none of this bus. */
export function wantedTarget(bus: Bus, dev: string, taken: readonly string[]): DiskTarget {
  if (!new RegExp(`^${PREFIXES[bus]}[a-z]{1,3}$`).test(dev)) {
    const message = `A disk of the bus ${bus} is called ${PREFIXES[bus]}a, ${PREFIXES[bus]}b and so on, not ${JSON.stringify(dev)}.`
    throw new HoldfastError('invalid_input', message, { fields: [{ field: 'target', message }] })
  }
  if (taken.includes(dev))
    throw new HoldfastError('conflict', `The machine has a disk ${dev} already: choose another name.`)
  return { bus, dev }
}

/** A virtio disk has 20 bytes for it. */
const SERIAL_LENGTH = 20

/** The last 20 characters of the id: 16 of them are the random ones, so two volumes never have the same. */
export function serialOf(volumeId: string): string {
  return volumeId.slice(-SERIAL_LENGTH)
}
