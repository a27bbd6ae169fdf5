import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel knows of a disk without asking it. */
export interface LocalDisk {
  name: string
  model: string | null
  sizeBytes: number
}

const SECTOR_BYTES = 512
/** Whole disks of the SCSI layer, which has ATA and USB in it, and of NVMe. Virtual ones of other names have no SMART. */
const WHOLE = /^(?:sd[a-z]+|nvme\d+n\d+)$/
/** Disks that only look local: of iSCSI, Fibre Channel and SRP, of a hypervisor, and of the kernel itself. */
const ELSEWHERE = /\/(?:session\d+|rport-[^/]+|virtio\d+|pseudo_\d+|tcm_loop_\d+|vmbus[^/]*|vhci_hcd[^/]*)\//
const NVME_CONTROLLER = /^nvme\d+$/

/** Every whole disk that is in this machine, by name. Reads what the kernel has in memory; asks no disk. */
export function findLocalDisks(root = '/sys/block'): LocalDisk[] {
  return namesIn(root)
    .filter((name) => WHOLE.test(name))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap((name) => {
      const place = placeOf(join(root, name))
      const sectors = Number(read(join(root, name, 'size')) || Number.NaN)
      // A reader without a card in it has no size.
      if (place === null || !Number.isSafeInteger(sectors) || sectors <= 0 || !isHere(name, place)) return []
      return [{ name, model: read(join(root, name, 'device/model')) || null, sizeBytes: sectors * SECTOR_BYTES }]
    })
}

function isHere(name: string, place: string): boolean {
  return name.startsWith('nvme') ? isOnBus(join(place, 'device')) : !ELSEWHERE.test(`${place}/`)
}

/** Of NVMe the controller says how it is reached: `pcie`, or `tcp`, `rdma` and `fc`. With several paths the subsystem names it. */
function isOnBus(device: string): boolean {
  const controllers = namesIn(device).filter((name) => NVME_CONTROLLER.test(name))
  const transports = [device, ...controllers.map((name) => join(device, name))].map((at) => read(join(at, 'transport')))
  return transports.includes('pcie')
}

function placeOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
