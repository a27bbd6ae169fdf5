import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { findById } from '@/lib/backends/repository'
import { badField } from '@/lib/bad-field'
import { database } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import * as repository from '@/lib/reachability/repository'
import { type AskChecks, type ChangeReachSettings, ReachSettings, type ReachView } from '@/lib/reachability/schema'
import { reachView } from '@/lib/reachability/view'
import { wantChecks } from '@/lib/reachability/wanted'

/** How each host reaches a backend, as far as it was checked, by the name of the host. */
export async function listReach(actor: Actor, backendId: string): Promise<{ data: ReachView[]; total: number }> {
  authorize(actor, 'backends.read')
  const backend = await findById(backendId)
  if (!backend) throw new HoldfastError('not_found', 'Backend not found')
  const now = new Date()
  const [rows, used] = await Promise.all([repository.findChecks(backendId), repository.findUsed(backendId)])
  const data = rows.map((row) => reachView(row, backend, used.has(repository.usedKey(row)), now))
  return { data, total: data.length }
}

/**
 * Asks for checks now, which write nothing to any storage. Returns how many: those of hosts that do not answer wait for them, and a
 * server is looked at by a few hosts at a time. Throws `invalid_input` for an id that there is not.
 */
export async function askChecks(actor: Actor, asked: AskChecks): Promise<number> {
  authorize(actor, 'backends.test')
  const { backend_ids: backendIds, host_ids: hostIds } = asked
  const known = await repository.findKnown(backendIds ?? [], hostIds ?? [])
  requireKnown('backend_ids', backendIds, known)
  requireKnown('host_ids', hostIds, known)
  const wanted = { backendIds: backendIds ?? null, hostIds: hostIds ?? null, usedOnly: false }
  await inTransaction((tx) =>
    recordAudit(tx, actor, {
      action: 'reachability.asked',
      change: { backends: backendIds ?? 'all', hosts: hostIds ?? 'all' },
    }),
  )
  const count = await wantChecks(database().prisma, wanted, new Date())
  publishWanted('reach', 'all')
  publishChanged('reach', 'all')
  return count
}

function requireKnown(field: string, ids: readonly string[] = [], known: ReadonlySet<string>): void {
  const missing = ids.find((id) => !known.has(id))
  if (missing === undefined) return
  const message = `There is nothing of the id "${missing}".`
  throw badField(field, message)
}

/** What is checked every night, when, and how many hosts look at a server at a time. */
export async function getReachSettings(actor: Actor): Promise<ReachSettings> {
  authorize(actor, 'monitoring.read')
  return repository.findSettings()
}

/** What is left out stays. It holds from the next check on. */
export async function changeReachSettings(actor: Actor, given: ChangeReachSettings): Promise<ReachSettings> {
  authorize(actor, 'system.admin')
  const after = await inTransaction(async (tx) => {
    const before = await repository.findSettings(tx)
    const changed = ReachSettings.parse({ ...before, ...given })
    if (JSON.stringify(before) === JSON.stringify(changed)) return before
    await repository.saveSettings(tx, changed)
    await recordAudit(tx, actor, { action: 'reachability.changed', change: { before, after: changed } })
    return changed
  })
  publishChanged('setting', 'reachability')
  return after
}
