import { CLOSE_CODES } from '@/lib/consoles/schema'

/** Where the page stands with the screen that it shows. */
export type ScreenState =
  | { name: 'connecting' }
  | { name: 'open' }
  /** The VNC server itself wants one. */
  | { name: 'password' }
  /** It was there, or nobody answered; it is tried again by itself. */
  | { name: 'reconnecting'; words: string }
  /** It is over, and a person has to say that it should go on. */
  | { name: 'ended'; words: string }
  | { name: 'refused'; words: string }

/** Milliseconds before the n-th try, counted from 0; null: it is left to the person. */
export function pauseBefore(attempt: number): number | null {
  return attempt < 8 ? Math.min(1_000 * 2 ** attempt, 15_000) : null
}

/** What follows from how a WebSocket was closed. */
export function stateAfter(
  code: number,
  reason: string,
): Exclude<ScreenState, { name: 'connecting' | 'open' | 'password' }> {
  switch (code) {
    case CLOSE_CODES.asked:
      return { name: 'ended', words: 'Somebody has closed this screen.' }
    case CLOSE_CODES.revoked:
      return { name: 'ended', words: 'Your session has ended, or you may not see screens any more.' }
    case CLOSE_CODES.refused:
      return { name: 'refused', words: reason === '' ? 'The screen did not open.' : reason }
    case CLOSE_CODES.machine:
      return { name: 'reconnecting', words: 'The machine was stopped, or its host went away.' }
    case CLOSE_CODES.restarted:
      return { name: 'reconnecting', words: 'Holdfast is being restarted.' }
    default:
      return { name: 'reconnecting', words: 'The connection was lost.' }
  }
}
