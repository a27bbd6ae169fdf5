import type { ConnectionView } from '@/lib/backends/schema'
import type { StatusWord } from '@/lib/tones'

const CONNECTED: Record<ConnectionView['state'], StatusWord> = {
  connected: { tone: 'healthy', word: 'Connected' },
  connecting: { tone: 'working', word: 'Connecting' },
  disconnecting: { tone: 'working', word: 'Disconnecting' },
  disconnected: { tone: 'warning', word: 'Not connected' },
  error: { tone: 'critical', word: 'Error' },
  unknown: { tone: 'unknown', word: 'Host is away' },
}

/** How a connection on a host is shown. */
export function connectionStatus({ state, desired }: Pick<ConnectionView, 'state' | 'desired'>): StatusWord {
  const isLeft = desired === 'disconnected' && (state === 'connected' || state === 'error')
  return isLeft ? { tone: 'warning', word: 'Still connected' } : CONNECTED[state]
}
