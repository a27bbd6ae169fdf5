import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import * as repository from '@/lib/backends/repository'
import type { BackendView, DuplicateBackend } from '@/lib/backends/schema'
import * as secretRows from '@/lib/backends/secret-repository'
import { backendNotFound, getBackend, requireFreeName } from '@/lib/backends/service'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { stillSaid } from '@/lib/drivers/sent-words'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'

/**
 * A backend of the same settings, words of an older API and secrets under another name. Secrets are copied sealed; nobody sees them on the way.
 * Throws `conflict` for a name that is taken.
 */
export async function duplicateBackend(
  actor: Actor,
  id: string,
  given: z.infer<typeof DuplicateBackend>,
): Promise<BackendView> {
  authorize(actor, 'backends.write')
  const copyId = newId('backend')
  await inTransaction(async (tx) => {
    const row = await repository.findById(id, tx)
    if (!row) throw backendNotFound()
    const config = row.config as Record<string, unknown>
    const copy = { id: copyId, name: given.name, driver: row.driver, config, source: row.source }
    await requireFreeName(tx, given.name, copyId)
    await conflictOn(
      () => repository.insert(tx, copy, new Date()),
      () => `Backend '${given.name}' already exists`,
    )
    const words = stillSaid(row.sentWords, row.driver, config)
    if (row.sentWords !== null) await repository.saveWords(tx, copyId, words)
    const secrets = await secretRows.copySecrets(tx, id, copyId)
    await recordAudit(tx, actor, {
      action: 'backend.duplicated',
      target: { kind: 'backend', id: copyId, name: given.name },
      change: { of: { id, name: row.name }, type: row.driver, config, secrets },
    })
  })
  publishChanged('backend', copyId)
  return getBackend(actor, copyId)
}
