import { CLOSE_CODES, closedWords } from '@/lib/consoles/closing'

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
  const words = closedWords(code, reason)
  switch (code) {
    case CLOSE_CODES.asked:
    case CLOSE_CODES.revoked:
      return { name: 'ended', words }
    case CLOSE_CODES.refused:
      return { name: 'refused', words }
    default:
      return { name: 'reconnecting', words }
  }
}
