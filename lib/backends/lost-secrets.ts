import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { deleteSecret, findAllSealed } from '@/lib/backends/secret-repository'
import { keyIdOf } from '@/lib/db/sealed-secrets'
import { inTransaction } from '@/lib/db/transaction'

/**
 * Deletes the stored secrets that none of the keys with these ids opens, and returns how many. The backends stay, and ask for
 * their secrets again.
 */
export async function forgetLostSecrets(actor: Actor, keyIds: ReadonlySet<string>): Promise<number> {
  authorize(actor, 'backends.write')
  return inTransaction(async (tx) => {
    const lost = (await findAllSealed(tx)).filter(({ sealed }) => !keyIds.has(keyIdOf(sealed)))
    for (const { backendId, field } of lost) await deleteSecret(tx, backendId, field)
    for (const id of new Set(lost.map(({ backendId }) => backendId))) {
      const rows = lost.filter(({ backendId }) => backendId === id)
      await recordAudit(tx, actor, {
        action: 'backend.secrets_forgotten',
        target: { kind: 'backend', id, name: rows[0]?.backend.name ?? id },
        change: { fields: rows.map(({ field }) => field), reason: 'the key that opens them is lost' },
      })
    }
    return lost.length
  })
}
