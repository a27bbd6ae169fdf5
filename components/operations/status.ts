import type { StatusWord } from '@/components/ui/status'
import type { OperationHostView } from '@/lib/operations/schema'

const WORDS: Record<OperationHostView['status'], StatusWord> = {
  queued: { tone: 'working', word: 'Queued' },
  running: { tone: 'working', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  succeeded: { tone: 'healthy', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  partial: { tone: 'warning', word: 'Partly failed' },
  waiting: { tone: 'off', word: 'Away, follows' },
  cancelled: { tone: 'off', word: 'Cancelled' },
}

export function operationStatus(status: OperationHostView['status']): StatusWord {
  return WORDS[status]
}
