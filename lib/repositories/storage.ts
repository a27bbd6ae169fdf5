import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { chooseHost } from '@/lib/hosts/service'
import * as mounts from '@/lib/mounts/repository'
import { isSilent } from '@/lib/mounts/state'
import { announceOperation, errorOfOperation, startOperation, waitForOperation } from '@/lib/operations/service'
import * as repository from '@/lib/repositories/repository'
import type { RefreshedView, StorageInfo } from '@/lib/repositories/schema'
import { findRepository } from '@/lib/repositories/service'
import { storageInfo } from '@/lib/repositories/view'

const CHECK_MS = 30_000
const AT_ONCE = 4

/** Measures a repository now, on a host that has it. Throws what the measurement failed of. */
export async function checkStorage(actor: Actor, id: string, signal?: AbortSignal): Promise<StorageInfo> {
  authorize(actor, 'repositories.write')
  const row = await findRepository(id)
  await measure(actor, row, signal)
  return storageInfo(await findRepository(id))
}

/** The same for all of them. One that fails keeps nobody else. */
export async function refreshStorage(actor: Actor, signal?: AbortSignal): Promise<RefreshedView> {
  authorize(actor, 'repositories.write')
  const rows = await repository.findAll()
  const failed: RefreshedView['failed'] = []
  const waiting = [...rows]
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      try {
        await measure(actor, row, signal)
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        failed.push({ repository_id: row.id, name: row.name, reason: error.message })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { refreshed_count: rows.length - failed.length, failed_count: failed.length, failed }
}

async function measure(actor: Actor, row: repository.RepositoryRecord, signal?: AbortSignal): Promise<void> {
  const { backend } = row
  const hostId = await hostThatHas(row)
  const operation = await inTransaction((tx) =>
    startOperation(tx, actor, {
      kind: 'backend.usage',
      target: { kind: 'repository', id: row.id, name: row.name },
      payload: { hostId, backendId: backend.id },
      hostIds: [hostId],
    }),
  )
  announceOperation(operation)
  const ended = await waitForOperation(operation, CHECK_MS, signal)
  if (ended.finished_at === null)
    throw new HoldfastError('timed_out', `Repository '${row.name}' could not be measured within ${CHECK_MS / 1_000} s.`)
  if (ended.status !== 'succeeded') throw errorOfOperation(ended)
}

/** One that has it mounted; where nothing is mounted, one of its hosts. */
async function hostThatHas({ name, mountId, hosts, backend }: repository.RepositoryRecord): Promise<string> {
  if (mountId === null) return (await chooseHost(hosts[0]?.hostId, backend.driver)).id
  const mount = await mounts.findById(mountId)
  const row = mount?.hosts.find(
    ({ observedState, removed, host }) => observedState === 'mounted' && !removed && !isSilent(host.observedStatus),
  )
  if (row !== undefined) return row.hostId
  throw new HoldfastError('conflict', `Repository '${name}' is mounted on no host that answers.`, {
    recovery: 'Look at its mount, which says what is wrong on each host.',
  })
}
