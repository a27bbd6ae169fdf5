import { format } from 'node:util'
import type { Log } from '@/lib/log'
import { Refusals } from '@/lib/server/refusals'

const MOST_TEXT = 2_000
const MOST_KIND = 120

/** What stays the same when the same complaint comes again: the first line, without what the request brought along. */
function kindOf(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return line.replaceAll(/"[^"]*"|'[^']*'|\d+/g, '…').slice(0, MOST_KIND)
}

/**
 * Next complains on the console, of requests too that anybody can send: an action that does not exist, a page without a session. It
 * is said in the log of this process instead, the first of a kind at once and the others counted. Returns what counts them.
 */
export function logConsole(log: Log, target: Pick<Console, 'log' | 'info' | 'warn' | 'error'> = console): Refusals {
  const complaints = new Refusals(log, { first: 'Next complained', more: 'Next complained more often' })
  const complain = (...parts: unknown[]) => {
    const error = parts.find((part) => part instanceof Error)
    const text = format(...parts.map((part) => (part instanceof Error ? part.message : part)))
    complaints.note(kindOf(text), undefined, { text: text.slice(0, MOST_TEXT), ...(error ? { error } : {}) })
  }
  const say = (...parts: unknown[]) => log.info('Next says', { text: format(...parts).slice(0, MOST_TEXT) })
  Object.assign(target, { error: complain, warn: complain, log: say, info: say })
  return complaints
}
