import type { StatusWord } from '@/lib/tones'
import type { VolumePhase } from '@/lib/volumes/schema'

/** How a volume is by itself, without the work on it. */
export const VOLUME_PHASES: Record<VolumePhase, StatusWord> = {
  CREATING: { tone: 'working', word: 'Creating' },
  READY: { tone: 'healthy', word: 'Ready' },
  TRASHED: { tone: 'off', word: 'In the trash' },
  MISSING: { tone: 'critical', word: 'Missing' },
  ERROR: { tone: 'critical', word: 'Broken' },
}
