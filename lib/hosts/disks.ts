import type { DiskMessage, DisksMessage } from '@/lib/agent-protocol/disks'
import { NO_HEALTH } from '@/lib/agent-protocol/no-health'

/** What a disk says was read every four hours; older than this, nobody knows how it is. */
const KNOWN_MS = 2 * 86_400_000

/** Something that is wrong with a disk. */
export interface DiskTrouble {
  /** `failing`: it is going to fail, or does. `suspect`: it has lost something, and may go on for years. */
  level: 'failing' | 'suspect'
  /** The rest of a sentence after its name. */
  what: string
}

/**
 * What is wrong with a disk by what it says of itself, the worst first. Counted is only what gets well again, as smartd does: sectors that
 * were replaced, and errors over its whole life, stay for ever and are shown as figures.
 */
export function troublesOf(disk: DiskMessage): DiskTrouble[] {
  const { failedAttributes, pending, uncorrectable, protocol } = disk
  const found: DiskTrouble[] = []
  if (isCondemned(disk)) found.push({ level: 'failing', what: 'says that it is failing' })
  if (failedAttributes.length > 0) {
    found.push({ level: 'failing', what: `is below its threshold in ${failedAttributes.join(', ')}` })
  }
  for (const [warning, { level, what }] of Object.entries(WARNINGS)) {
    if (disk.warnings.includes(warning)) found.push({ level, what })
  }
  if (pending !== null && pending > 0) found.push({ level: 'suspect', what: sectors(pending, 'cannot be read') })
  if (protocol === 'ata' && uncorrectable !== null && uncorrectable > 0) {
    found.push({ level: 'suspect', what: sectors(uncorrectable, 'could not be read in its own test') })
  }
  return found.toSorted((a, b) => Number(b.level === 'failing') - Number(a.level === 'failing'))
}

/** An NVMe disk does not pass while it warns of anything, also of heat: what it warns of says more. */
function isCondemned({ passed, warnings }: DiskMessage): boolean {
  return passed === false && warnings.length === 0
}

function sectors(count: number, what: string): string {
  return count === 1 ? `has a sector that ${what}` : `has ${count} sectors that ${what}`
}

const WARNINGS: Record<string, DiskTrouble> = {
  read_only: { level: 'failing', what: 'lets nobody write any more' },
  reliability: { level: 'failing', what: 'says that it is not reliable any more' },
  spare: { level: 'failing', what: 'has hardly any spare cells left' },
  backup: { level: 'failing', what: 'would lose what it has in its memory without power' },
  memory_region: { level: 'failing', what: 'cannot keep its persistent memory any more' },
  temperature: { level: 'suspect', what: 'is too hot or too cold' },
}

/** The disks of a host, when they were looked at lately. Empty: nothing is known of them. */
export function disksKnown(disks: DisksMessage | null | undefined, now: Date): DiskMessage[] {
  return !disks || isOld(disks, now) ? [] : disks.disks
}

/** Was the last look so long ago that nobody knows how the disks are? */
export function isOld({ at }: Pick<DisksMessage, 'at'>, now: Date): boolean {
  return now.getTime() - Date.parse(at) > KNOWN_MS
}

/** What a disk is without how it is: what stays true of it, however long ago it was looked at. */
export function withoutHealth({ name, protocol, model, serial, sizeBytes, rotates }: DiskMessage): DiskMessage {
  return { name, protocol, model, serial, sizeBytes, rotates, readAt: null, problem: null, ...NO_HEALTH }
}

/** What is stored beside the facts of a host, so that hosts whose disks are well need not be read for it. */
export function diskColumns({ disks }: { disks?: DisksMessage | undefined }): {
  troubledDisks: number
  diskWearPercent: number | null
} {
  const all = disks?.disks ?? []
  const wear = all.flatMap(({ wearPercent }) => wearPercent ?? [])
  return {
    troubledDisks: all.filter((disk) => troublesOf(disk).length > 0).length,
    diskWearPercent: wear.length === 0 ? null : Math.max(...wear),
  }
}

/** Of one disk, whatever it is called today. */
export function diskKey({ name, serial }: Pick<DiskMessage, 'name' | 'serial'>): string {
  return serial ?? name
}

/** As people know it: `sda (Hitachi HDS721050DLE630)`. */
export function diskName({ name, model }: Pick<DiskMessage, 'name' | 'model'>): string {
  return model === null ? name : `${name} (${model})`
}
