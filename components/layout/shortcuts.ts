/** Keys that work anywhere in the console, as the sheet lists them. */
export const GO_TO: readonly { key: string; label: string; href: string }[] = [
  { key: 'o', label: 'Overview', href: '/' },
  { key: 't', label: 'Alerts', href: '/alerts' },
  { key: 'c', label: 'Monitoring', href: '/monitoring' },
  { key: 'b', label: 'Backends', href: '/backends' },
  { key: 'l', label: 'Pools', href: '/pools' },
  { key: 'v', label: 'Volumes', href: '/volumes' },
  { key: 'm', label: 'Mounts', href: '/mounts' },
  { key: 'x', label: 'Placement of mounts on hosts', href: '/mounts/placement' },
  { key: 'h', label: 'Hosts', href: '/hosts' },
  { key: 'p', label: 'Operations', href: '/operations' },
  { key: 'a', label: 'Audit', href: '/audit' },
  { key: 's', label: 'Settings', href: '/settings' },
]

/** Between `g` and the letter after it. */
export const SEQUENCE_MS = 1500

export interface Pressed {
  key: string
  /** Milliseconds on any steady clock. */
  at: number
  /** Ctrl, Cmd or Alt is held too. */
  isModified: boolean
  /** The focus is where letters mean something else: a field, a menu, a list. */
  isTaken: boolean
  /** The person has switched single keys off. */
  isOff: boolean
}

export type Command = { kind: 'palette' } | { kind: 'sheet' } | { kind: 'search' } | { kind: 'go'; href: string } | null

/**
 * What a key does after the keys before it. `since`: when `g` was pressed, waiting for its letter; null when it was not. Keys that
 * mean nothing here are left to the browser.
 */
export function readKey(since: number | null, pressed: Pressed): { since: number | null; command: Command } {
  const { key, at, isModified, isTaken, isOff } = pressed
  const nothing = { since: null, command: null }
  if (isModified) return key.toLowerCase() === 'k' ? { since: null, command: { kind: 'palette' } } : nothing
  if (isTaken || isOff) return nothing
  if (since !== null && at - since <= SEQUENCE_MS) {
    const page = GO_TO.find((entry) => entry.key === key.toLowerCase())
    return page ? { since: null, command: { kind: 'go', href: page.href } } : nothing
  }
  if (key === '?') return { since: null, command: { kind: 'sheet' } }
  if (key === '/') return { since: null, command: { kind: 'search' } }
  return key === 'g' ? { since: at, command: null } : nothing
}
