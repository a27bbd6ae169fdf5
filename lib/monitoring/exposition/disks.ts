import type { DisksMessage } from '@/lib/agent-protocol/disks'
import { disksKnown, troublesOf } from '@/lib/hosts/disks'
import { type Exposition, seconds } from '@/lib/monitoring/exposition/exposition'

export interface DisksOfHost {
  host: string
  disks: DisksMessage
}

/** Adds the local disks of hosts that answer. A disk that tells nothing of its health has no sample but the one with its name. */
export function addDisks(figures: Exposition, hosts: readonly DisksOfHost[], now: Date): void {
  for (const { host, disks } of hosts) {
    for (const disk of disksKnown(disks, now)) {
      const labels = { host, disk: disk.name }
      const { model, serial, wearPercent } = disk
      figures.add('diskInfo', { ...labels, ...(model && { model }), ...(serial && { serial }) }, 1)
      figures.add('diskFailing', labels, isFailing(disk))
      figures.add('diskWorn', labels, wearPercent === null ? null : wearPercent / 100)
      figures.add('diskTemperature', labels, disk.temperatureC)
      figures.add('diskReallocated', labels, disk.reallocated)
      figures.add('diskPending', labels, disk.pending)
      figures.add('diskUncorrectable', labels, disk.uncorrectable)
      figures.add('diskPowerOn', labels, disk.powerOnHours === null ? null : disk.powerOnHours * 3_600)
      figures.add('diskRead', labels, seconds(disk.readAt))
    }
  }
}

function isFailing(disk: DisksMessage['disks'][number]): number | null {
  if (troublesOf(disk).some(({ level }) => level === 'failing')) return 1
  return disk.passed === null ? null : 0
}
