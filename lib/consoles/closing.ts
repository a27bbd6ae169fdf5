/** How a WebSocket to a screen is closed, so that whoever showed it can say why. 4000 to 4999 are for the uses of an application. */
export const CLOSE_CODES = {
  asked: 4000,
  revoked: 4001,
  refused: 4002,
  machine: 4003,
  restarted: 4004,
  changed: 4005,
} as const

/** Why it was closed, for a person. `reason`: what came with the code. */
export function closedWords(code: number, reason: string): string {
  switch (code) {
    case CLOSE_CODES.asked:
      return 'Somebody has closed this console.'
    case CLOSE_CODES.revoked:
      return 'Your session has ended, or you may not see consoles any more.'
    case CLOSE_CODES.refused:
      return reason === '' ? 'It did not open.' : reason
    case CLOSE_CODES.machine:
      return 'The machine was stopped, or its host went away.'
    case CLOSE_CODES.restarted:
      return 'Holdfast is being restarted.'
    case CLOSE_CODES.changed:
      return 'What may be done with the clipboard of this machine was changed.'
    default:
      return 'The connection was lost.'
  }
}
