import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { formatBytes } from '@/lib/units'

/** What is done to a volume, as a title. */
export const WORK_TITLES = {
  create: 'Create volume',
  move: 'Move volume',
  clone: 'Clone volume',
  grow: 'Resize volume',
  snapshot: 'Take snapshot',
  deleteSnapshot: 'Delete snapshot',
  restore: 'Go back to snapshot',
  flatten: 'Flatten volume',
  trash: 'Delete volume',
  untrash: 'Restore volume from the trash',
  purge: 'Delete volume for good',
  adopt: 'Adopt volume',
  export: 'Export volume',
} as const satisfies Record<VolumeWork['do'], string>

/**
 * What one change of a volume is called, as it is stored with its operation: names are those of the moment, since a snapshot or a volume
 * may have gone when somebody reads it. `about`: the name of the snapshot, of the source, or of where it goes.
 */
export function workWords(work: VolumeWork, volume: string, about: string | null): { title: string; summary: string } {
  return { title: WORK_TITLES[work.do], summary: summaryOf(work, volume, about ?? '') }
}

function summaryOf(work: VolumeWork, volume: string, about: string): string {
  switch (work.do) {
    case 'create':
      return createSummary(work, volume, about)
    case 'move':
      return `Move ${volume} from ${about}`
    case 'clone':
      return `Clone ${about} as ${volume}${work.sizeBytes === undefined ? '' : ` with ${sizeWords(work.sizeBytes)}`}`
    case 'grow':
      return `Grow ${volume} to ${sizeWords(work.sizeBytes)}`
    case 'snapshot':
      return `Take snapshot ${about} of ${volume}`
    case 'deleteSnapshot':
      return `Delete snapshot ${about} of ${volume}`
    case 'restore':
      return `Take ${volume} back to snapshot ${about}`
    case 'flatten':
      return `Flatten ${volume}`
    case 'trash':
      return `Move ${volume} to the trash`
    case 'untrash':
      return `Take ${volume} out of the trash`
    case 'purge':
      return `Delete ${volume} for good`
    case 'adopt':
      return `Adopt ${about} as ${volume}`
    case 'export':
      return `Export ${volume} to ${about}`
  }
}

function createSummary({ sizeBytes, content }: VolumeWork & { do: 'create' }, volume: string, about: string): string {
  const size = sizeBytes === null ? '' : ` with ${sizeWords(sizeBytes)}`
  if (content === null) return `Create ${volume}${size}`
  if (content.from === 'backend') return `Import ${about} as ${volume}${size}`
  return `Copy ${about} to ${volume}${size}`
}

/** `20 GiB`, as people ask for it. */
function sizeWords(bytes: number): string {
  return formatBytes(bytes).replace(/\.0+ /, ' ')
}
