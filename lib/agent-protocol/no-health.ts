import type { DiskMessage } from '@/lib/agent-protocol/disks'

/** What is told of a disk of which nobody knows how it is. Apart from the messages, since the browser needs no more than this. */
export const NO_HEALTH = {
  passed: null,
  failedAttributes: [],
  warnings: [],
  wearPercent: null,
  sparePercent: null,
  reallocated: null,
  pending: null,
  uncorrectable: null,
  temperatureC: null,
  powerOnHours: null,
} satisfies Partial<DiskMessage>
