import type { StatusWord } from '@/components/ui/status'
import type { OperationStatus } from '@/lib/operations/schema'

const WORDS: Record<OperationStatus, StatusWord> = {
  queued: { tone: 'working', word: 'Queued' },
  running: { tone: 'working', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  succeeded: { tone: 'healthy', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  partial: { tone: 'warning', word: 'Partly failed' },
  cancelled: { tone: 'off', word: 'Cancelled' },
}

export function operationStatus(status: OperationStatus): StatusWord {
  return WORDS[status]
}
