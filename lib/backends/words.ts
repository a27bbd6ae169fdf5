import type { BackendStatus } from '@/lib/backends/schema'
import type { StatusWord } from '@/lib/tones'

const WORDS: Record<BackendStatus, StatusWord> = {
  online: { tone: 'healthy', word: 'Online' },
  offline: { tone: 'critical', word: 'Offline' },
  error: { tone: 'critical', word: 'Error' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

export function backendStatus(status: BackendStatus): StatusWord {
  return WORDS[status]
}
