import type { HostRow } from '@/lib/hosts/schema'
import type { StatusWord } from '@/lib/tones'

const WORDS: Record<HostRow['status'], StatusWord> = {
  online: { tone: 'healthy', word: 'Online' },
  offline: { tone: 'critical', word: 'Offline' },
  error: { tone: 'critical', word: 'Error' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

export function hostStatus(host: Pick<HostRow, 'status' | 'revoked_at'>): StatusWord {
  return host.revoked_at ? { tone: 'off', word: 'Revoked' } : WORDS[host.status]
}
