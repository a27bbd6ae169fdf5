import { shareOf } from '@/components/operations/job-words'
import { OUT_OF_REACH } from '@/components/volumes/reach'
import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import type { StatusWord } from '@/lib/tones'
import { VOLUME_PHASES } from '@/lib/volumes/phase-words'
import type { VolumeRow } from '@/lib/volumes/schema'

/** By what the agent calls the work. */
const DOING: Readonly<Record<string, string>> = {
  create: 'Creating',
  clone: 'Cloning',
  copy: 'Copying',
  move: 'Moving',
  grow: 'Growing',
  snapshot: 'Taking a snapshot',
  deleteSnapshot: 'Deleting a snapshot',
  restore: 'Going back',
  flatten: 'Flattening',
  trash: 'Moving to trash',
  untrash: 'Taking back',
  purge: 'Deleting for good',
  adopt: 'Taking over',
  export: 'Exporting',
}

type Worked = Pick<VolumeRow, 'operation' | 'phase' | 'origin'>

/** What goes on with it, as in "Copying"; null when nothing does. */
export function doingWith({ operation, phase, origin }: Worked): string | null {
  if (operation === null) return null
  // To the agent a copy or an import is a volume that is made with content.
  if (phase === 'CREATING' && (origin.mode === 'copy' || origin.mode === 'base')) return 'Copying'
  if (phase === 'CREATING' && origin.mode === 'import') return 'Importing'
  // What is read for it is held meanwhile, and is not being made.
  if (phase !== 'CREATING' && operation.what === 'create') return 'Being copied'
  return DOING[operation.what] ?? operation.title
}

/** Work under way first: it says what the volume will be. With how far it is, where that is known. `isLost`: its host cannot use its pool. */
export function wordOfVolume(volume: Worked, isLost = false): StatusWord {
  const doing = doingWith(volume)
  if (doing === null) return isLost && volume.phase === 'READY' ? OUT_OF_REACH : VOLUME_PHASES[volume.phase]
  const progress = volume.operation?.progress ?? null
  const share = progress === null ? null : shareOf(progress)
  return { tone: 'working', word: share === null ? doing : `${doing} ${Math.floor(share * 100)} %` }
}

/** What is in a snapshot, beside when it was taken. */
export const CONSISTENCY_WORDS: Readonly<Record<SnapshotConsistency, { word: string; title: string }>> = {
  unused: { word: 'while nothing ran', title: 'Nothing had the volume open: all that was written is in it.' },
  frozen: {
    word: 'with its file systems still',
    title: 'The machine went on running, and its file systems stood still for it, with all written down.',
  },
  crash: {
    word: 'as after a loss of power',
    title: 'The machine went on writing: its file systems are as it would find them after a loss of power.',
  },
}

/** The states of a filter, which work under way has of its own. */
export const VOLUME_STATES = [
  { value: 'working', label: 'Being worked on' },
  { value: 'READY', label: 'Ready' },
  { value: 'away', label: OUT_OF_REACH.word },
  { value: 'MISSING', label: 'Missing' },
  { value: 'ERROR', label: 'Broken' },
] as const

export function stateValue({ operation, phase }: Pick<VolumeRow, 'operation' | 'phase'>, isLost = false): string {
  if (operation !== null || phase === 'CREATING') return 'working'
  return isLost && phase === 'READY' ? 'away' : phase
}

const MADE: Record<NonNullable<VolumeRow['origin']['mode']>, string> = {
  clone: 'Clone of',
  copy: 'Copy of',
  move: 'Moved from',
  adopt: 'Taken over from',
  import: 'Import of',
  base: 'Base of template',
}

/** Where its content came from; null for one that began empty. */
export function originWords({ origin: { mode, name } }: Pick<VolumeRow, 'origin'>): string | null {
  return mode === null ? null : `${MADE[mode]} ${name ?? 'a volume that is gone'}`
}

/** `qcow2, thin` */
export function formatWords({ format, provisioning }: Pick<VolumeRow, 'format' | 'provisioning'>): string {
  return `${format}, ${provisioning}`
}

export const PROVISIONING_WORDS = {
  thin: { title: 'Thin', help: 'Takes room when something is written.' },
  full: { title: 'Full', help: 'Takes all of its room at once.' },
} as const
