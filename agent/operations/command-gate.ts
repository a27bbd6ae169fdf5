import { answerOf, type Command, type Journal } from '@/agent/host/journal'
import type { CommandGate } from '@/agent/operations/machine'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

const KIND = 'installTools'
/** What a person does about a command of which nobody knows how far it came. */
const INTERRUPTED = 'The agent was restarted while this ran. Look at the tools, then ask again.'

/**
 * Changes of the host itself: one at a time, at most once per operation id, journalled before they begin. What a killed agent left
 * half done is failed at start, since nobody can tell how far it came; it is safe to ask for it again.
 */
export function createCommandGate(journal: Journal, log: Log): CommandGate {
  for (const { operationId, kind } of journal.unfinished()) {
    if (kind === KIND) journal.finish(operationId, { error: new HoldfastError('timed_out', INTERRUPTED) })
  }
  const running = new Map<string, Promise<unknown>>()
  let installing = false

  async function carryOut(command: Command, work: () => Promise<unknown>): Promise<unknown> {
    const { operationId } = command.envelope
    const begun = journal.begin(command)
    if (begun.status === 'done' || begun.status === 'failed') return answerOf(begun)
    try {
      const result = await work()
      journal.finish(operationId, { result })
      return result
    } catch (error) {
      const failure = toHoldfastError(error)
      if (failure.code === 'internal') log.error('a command failed', { operationId, error })
      journal.finish(operationId, { error: failure })
      throw failure
    }
  }

  function start(begin: () => Promise<unknown>): Promise<unknown> {
    if (installing)
      throw new HoldfastError('operation_in_progress', 'This host is busy with another command of this kind.')
    installing = true
    return begin().finally(() => {
      installing = false
    })
  }

  return {
    async once<T>(...[envelope, args, receivedAt, work]: Parameters<CommandGate['once']>): Promise<T> {
      const { operationId, ttlMs } = envelope
      const same = running.get(operationId)
      if (same) return same as Promise<T>
      const outcome = start(async () => {
        if (performance.now() - receivedAt > ttlMs) {
          throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
        }
        return carryOut({ kind: KIND, envelope, args }, work)
      })
      running.set(operationId, outcome)
      try {
        return (await outcome) as T
      } finally {
        running.delete(operationId)
      }
    },
  }
}
