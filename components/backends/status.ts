import type { StatusWord } from '@/components/ui/status'
import type { BackendStatus } from '@/lib/backends/schema'

const WORDS: Record<BackendStatus, StatusWord> = {
  online: { tone: 'healthy', word: 'Online' },
  offline: { tone: 'critical', word: 'Offline' },
  error: { tone: 'critical', word: 'Error' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

export function backendStatus(status: BackendStatus): StatusWord {
  return WORDS[status]
}
