import type { Host } from '@/agent/host/host'
import type { Journal } from '@/agent/journal/journal'
import type { Log } from '@/lib/log'
import { endStrays } from './strays'

/** Ends and clears away what a killed agent left running or lying about. Never rejects: what is left is logged. */
export async function clearLeftovers(machine: Host, journal: Journal, log: Log): Promise<void> {
  const wasInterrupted = journal.unfinished().length > 0
  try {
    for (const left of await machine.clean()) log.warn('a leftover could not be cleared', { left })
    const stuck = wasInterrupted ? await endStrays(machine.mark) : []
    if (stuck.length > 0) {
      log.warn('commands of an earlier agent are stuck in the kernel', { pids: stuck.map((stray) => stray.pid) })
    }
  } catch (error) {
    // Every step looks at what is true before it acts, so what is left in its way makes it fail and not go wrong.
    log.error('what an earlier agent left could not be cleared', { error })
  }
}
