import type { OperationHostView, OperationView } from '@/lib/operations/schema'
import type { StatusWord } from '@/lib/tones'

const WORDS: Record<OperationHostView['status'], StatusWord> = {
  queued: { tone: 'working', word: 'Queued' },
  running: { tone: 'working', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  succeeded: { tone: 'healthy', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  partial: { tone: 'warning', word: 'Partly done' },
  waiting: { tone: 'off', word: 'Away, follows' },
  cancelled: { tone: 'off', word: 'Cancelled' },
}

export function operationStatus(status: OperationHostView['status']): StatusWord {
  return WORDS[status]
}

/** As `operationStatus`, with what became of a rollout and of the wish to cancel it. */
export function statusOfOperation(operation: Pick<OperationView, 'status' | 'rollout' | 'is_cancelling'>): StatusWord {
  const { status, rollout, is_cancelling } = operation
  if (is_cancelling) return { tone: 'working', word: 'Being cancelled' }
  if (rollout?.outcome === 'rolled_back') return { tone: 'off', word: 'Rolled back' }
  if (rollout?.outcome === 'stopped') return { tone: 'off', word: 'Stopped for good' }
  if (rollout?.phase === 'rollback' && status === 'running') return { tone: 'working', word: 'Rolling back' }
  return operationStatus(status)
}
