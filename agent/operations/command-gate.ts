import type { Command, Journal } from '@/agent/host/journal'
import type { CommandGate } from '@/agent/operations/machine'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

/**
 * Commands that are not about a mount: at most one at a time, at most once per operation id, journalled before they begin. What a
 * killed agent left half done is failed at start, since nobody can tell how far it came; it is safe to ask for it again.
 */
export function createCommandGate(journal: Journal, log: Log): CommandGate {
  for (const { operationId, kind } of journal.unfinished()) {
    if (kind !== 'installTools') continue
    const error = new HoldfastError(
      'timed_out',
      'The agent was restarted while this ran. Look at the tools, then ask again.',
    )
    journal.finish(operationId, { error })
  }
  let running: { operationId: string; outcome: Promise<unknown> } | null = null

  async function carryOut(command: Command, work: () => Promise<unknown>): Promise<unknown> {
    const { operationId } = command.envelope
    const begun = journal.begin(command)
    if (begun.status === 'done') return begun.result
    if (begun.status === 'failed') throw new HoldfastError(begun.error.code, begun.error.message)
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

  return {
    async once<T>(...[kind, envelope, args, receivedAt, work]: Parameters<CommandGate['once']>): Promise<T> {
      const { operationId, ttlMs } = envelope
      if (running?.operationId === operationId) return running.outcome as Promise<T>
      if (running)
        throw new HoldfastError('operation_in_progress', 'This host is busy with another command of this kind.')
      if (performance.now() - receivedAt > ttlMs) {
        throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
      }
      const outcome = carryOut({ kind, envelope, args }, work)
      running = { operationId, outcome }
      try {
        return (await outcome) as T
      } finally {
        running = null
      }
    },
  }
}
