import type { BackendStatus, ConnectionView } from '@/lib/backends/schema'
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

const CONNECTED: Record<ConnectionView['state'], StatusWord> = {
  connected: { tone: 'healthy', word: 'Connected' },
  connecting: { tone: 'working', word: 'Connecting' },
  disconnecting: { tone: 'working', word: 'Disconnecting' },
  disconnected: { tone: 'warning', word: 'Not connected' },
  error: { tone: 'critical', word: 'Error' },
  unknown: { tone: 'unknown', word: 'Host is away' },
}

export function connectionStatus({ state, desired }: Pick<ConnectionView, 'state' | 'desired'>): StatusWord {
  const isLeft = desired === 'disconnected' && (state === 'connected' || state === 'error')
  return isLeft ? { tone: 'warning', word: 'Still connected' } : CONNECTED[state]
}
