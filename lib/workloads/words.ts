import type { WorkloadState } from '@/lib/agent-protocol/workloads'
import type { StatusWord } from '@/lib/tones'

const WORDS: Readonly<Record<WorkloadState, StatusWord>> = {
  running: { tone: 'healthy', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  stopped: { tone: 'off', word: 'Stopped' },
  changing: { tone: 'working', word: 'Changing' },
  failed: { tone: 'critical', word: 'Failed' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

export function wordOfWorkload({ state }: { state: WorkloadState }): StatusWord {
  return WORDS[state]
}
