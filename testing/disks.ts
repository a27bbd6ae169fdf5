import type { DiskMessage, DisksMessage } from '@/lib/agent-protocol/disks'

/** A disk that says it is well, and what else is given. */
export function someDisk(over: Partial<DiskMessage> = {}): DiskMessage {
  return {
    name: 'sda',
    protocol: 'ata',
    model: 'ACME 4000',
    serial: 'A-1',
    sizeBytes: 4_000_787_030_016,
    rotates: true,
    readAt: new Date().toISOString(),
    problem: null,
    passed: true,
    failedAttributes: [],
    warnings: [],
    wearPercent: null,
    sparePercent: null,
    reallocated: 0,
    pending: 0,
    uncorrectable: 0,
    temperatureC: 31,
    powerOnHours: 12_000,
    ...over,
  }
}

/** Disks as a host tells of them now. */
export function toldDisks(...disks: DiskMessage[]): DisksMessage {
  return { at: new Date().toISOString(), hasTool: true, disks }
}
