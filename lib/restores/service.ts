import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishWanted } from '@/lib/events/process-bus'
import { isControllerAlive } from '@/lib/installation/service'
import * as repository from '@/lib/restores/repository'
import { type ConfirmRestored, RESTORED_SENTENCE, type RestoredView } from '@/lib/restores/schema'

type Found = NonNullable<Awaited<ReturnType<typeof repository.findRestored>>>

function viewOf({ state, confirmation }: Found): RestoredView {
  const confirmed = confirmation?.revision === state.revision ? { by: confirmation.by, at: confirmation.at } : null
  return { ...state, confirmed }
}

/** What differs since the database was restored from a backup; null when it was not, or an administrator has gone on. */
export async function getRestored(actor: Actor): Promise<RestoredView | null> {
  authorize(actor, 'hosts.read')
  const found = await repository.findRestored()
  return found && viewOf(found)
}

/**
 * Goes on from the restored state: the controller takes an epoch above all that hosts were told, and hosts are brought to what
 * the database wants. Throws `conflict` when nothing is to be confirmed or more was found than was looked at, `unavailable` when
 * no controller runs.
 */
export async function confirmRestored(actor: Actor, given: z.output<typeof ConfirmRestored>): Promise<RestoredView> {
  authorize(actor, 'hosts.admin')
  if (!(await isControllerAlive())) {
    throw new HoldfastError(
      'unavailable',
      'The controller does not run, or has not started yet; start it and try again.',
    )
  }
  const view = await inTransaction(async (tx) => {
    const found = await repository.findRestored(tx)
    if (!found)
      throw new HoldfastError('conflict', 'The database is not behind the hosts; there is nothing to confirm.')
    const { state } = found
    if (state.revision !== given.revision) {
      throw new HoldfastError(
        'conflict',
        'More has been found than you have looked at; look at the differences again, then confirm.',
        { fields: [{ field: 'revision', message: `is ${state.revision} by now` }] },
      )
    }
    const { revision, unknown_mounts } = given
    const confirmation = { revision, unknown_mounts, by: actor.name, at: new Date().toISOString() }
    await repository.saveConfirmation(tx, confirmation)
    const { epoch, highest_epoch, compared_hosts, total_hosts, hosts } = state
    await recordAudit(tx, actor, {
      action: 'installation.restore_confirmed',
      change: { before: { epoch, highest_epoch, compared_hosts, total_hosts, hosts }, after: { unknown_mounts } },
    })
    return viewOf({ state, confirmation })
  })
  publishWanted('setting', 'restored')
  return view
}

/** `ok`, or the sentence that says why nothing is changed on hosts. For readiness and the command line. */
export async function restoredCheck(): Promise<string> {
  return (await repository.findRestored()) === null ? 'ok' : RESTORED_SENTENCE
}
