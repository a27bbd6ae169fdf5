import type { Command, Journal } from '@/agent/host/journal'
import type { CommandGate, GatedKind } from '@/agent/operations/machine'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

/** What a person does about a command of which nobody knows how far it came. */
const INTERRUPTED: Readonly<Record<GatedKind, string>> = {
  installTools: 'The agent was restarted while this ran. Look at the tools, then ask again.',
  connectBackend: 'The agent was restarted while this ran. Ask again: what is done already stays.',
  disconnectBackend: 'The agent was restarted while this ran. Ask again: it goes on where it was.',
}

function isGated(kind: Command['kind']): kind is GatedKind {
  return Object.hasOwn(INTERRUPTED, kind)
}

/**
 * Commands that are not about a mount: one at a time of each sort, at most once per operation id, journalled before they begin. What
 * a killed agent left half done is failed at start, since nobody can tell how far it came; it is safe to ask for it again.
 */
export function createCommandGate(journal: Journal, log: Log): CommandGate {
  for (const { operationId, kind } of journal.unfinished()) {
    if (isGated(kind)) journal.finish(operationId, { error: new HoldfastError('timed_out', INTERRUPTED[kind]) })
  }
  const running = new Map<string, Promise<unknown>>()
  let installing = false
  let lastConnection: Promise<unknown> = Promise.resolve()

  async function carryOut(command: Command, work: () => Promise<unknown>): Promise<unknown> {
    const { operationId } = command.envelope
    const begun = journal.begin(command)
    if (begun.status === 'done') return begun.result
    if (begun.status === 'failed') throw storedError(begun.error)
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

  function start(kind: GatedKind, begin: () => Promise<unknown>): Promise<unknown> {
    if (kind !== 'installTools') {
      const outcome = lastConnection.then(begin, begin)
      lastConnection = outcome.catch(() => undefined)
      return outcome
    }
    if (installing)
      throw new HoldfastError('operation_in_progress', 'This host is busy with another command of this kind.')
    installing = true
    return begin().finally(() => {
      installing = false
    })
  }

  return {
    async once<T>(...[kind, envelope, args, receivedAt, work]: Parameters<CommandGate['once']>): Promise<T> {
      const { operationId, ttlMs } = envelope
      const same = running.get(operationId)
      if (same) return same as Promise<T>
      const outcome = start(kind, async () => {
        if (performance.now() - receivedAt > ttlMs) {
          throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
        }
        return carryOut({ kind, envelope, args }, work)
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

function storedError({
  code,
  message,
  details,
}: {
  code: HoldfastError['code']
  message: string
  details?: Record<string, unknown>
}) {
  return new HoldfastError(code, message, details === undefined ? {} : { details })
}
