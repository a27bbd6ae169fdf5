import type { ScreenState } from '@/components/consoles/screen-state'
import type { StatusWord } from '@/lib/tones'

export const CONSOLE_STATUS: Readonly<Record<ScreenState['name'], StatusWord>> = {
  connecting: { tone: 'working', word: 'Connecting' },
  open: { tone: 'healthy', word: 'Connected' },
  password: { tone: 'warning', word: 'Wants a password' },
  reconnecting: { tone: 'warning', word: 'Reconnecting' },
  ended: { tone: 'off', word: 'Closed' },
  refused: { tone: 'critical', word: 'Refused' },
}
