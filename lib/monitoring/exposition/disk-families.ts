import type { Family } from '@/lib/monitoring/exposition/family'

/** What is told of local disks of hosts. */
export const DISK_FAMILIES = {
  diskInfo: {
    name: 'holdfast_disk_info',
    help: 'A local disk of the host, with its model and its serial number. Always 1.',
    labels: ['host', 'disk', 'model', 'serial'],
  },
  diskFailing: {
    name: 'holdfast_disk_failing',
    help: 'Does the disk say that it fails: 1 or 0. Absent: it says nothing of its health.',
    labels: ['host', 'disk'],
  },
  diskWorn: {
    name: 'holdfast_disk_worn_ratio',
    help: 'How much of the life that its maker gives an SSD is used up; more than 1 is possible.',
    labels: ['host', 'disk'],
  },
  diskTemperature: {
    name: 'holdfast_disk_temperature_celsius',
    help: 'Temperature of the disk when it was read.',
    labels: ['host', 'disk'],
  },
  diskReallocated: {
    name: 'holdfast_disk_reallocated_sectors',
    help: 'Sectors that the disk has put others in place of.',
    labels: ['host', 'disk'],
  },
  diskPending: {
    name: 'holdfast_disk_pending_sectors',
    help: 'Sectors of the disk that cannot be read now.',
    labels: ['host', 'disk'],
  },
  diskUncorrectable: {
    name: 'holdfast_disk_uncorrectable_errors',
    help: 'ATA: sectors that its own test could not read. NVMe and SCSI: errors over its life that could not be corrected.',
    labels: ['host', 'disk'],
  },
  diskPowerOn: {
    name: 'holdfast_disk_power_on_seconds',
    help: 'How long the disk was switched on in its life.',
    labels: ['host', 'disk'],
  },
  diskRead: {
    name: 'holdfast_disk_read_timestamp_seconds',
    help: 'When the disk told all of this.',
    labels: ['host', 'disk'],
  },
} as const satisfies Record<string, Family>
