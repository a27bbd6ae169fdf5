import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { deleteSecret, findAllSealed } from '@/lib/backends/secret-repository'
import type { Db } from '@/lib/db/client'
import { keyIdOf } from '@/lib/db/sealed-secrets'
import { inTransaction } from '@/lib/db/transaction'
import { find as findHeartbeat, remove as removeHeartbeat } from '@/lib/heartbeat/repository'
import { HEARTBEAT_ID } from '@/lib/heartbeat/schema'
import { findAllSealed as findAllSealedOfNotifiers, replaceSecrets } from '@/lib/notifiers/repository'

/**
 * Deletes the stored secrets that none of the keys with these ids opens, and returns how many. The backends and notifiers stay, and ask
 * for their secrets again; of a dead-man's switch nothing is left.
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
    return lost.length + (await forgetOfNotifiers(tx, actor, keyIds)) + (await forgetHeartbeat(tx, actor, keyIds))
  })
}

async function forgetHeartbeat(tx: Db, actor: Actor, keyIds: ReadonlySet<string>): Promise<number> {
  const row = await findHeartbeat(tx)
  if (row === null || keyIds.has(keyIdOf(row.sealed))) return 0
  await removeHeartbeat(tx)
  await recordAudit(tx, actor, {
    action: 'heartbeat.removed',
    target: { kind: 'heartbeat', id: HEARTBEAT_ID, name: row.target },
    change: { reason: 'the key that opens its address is lost' },
  })
  return 1
}

async function forgetOfNotifiers(tx: Db, actor: Actor, keyIds: ReadonlySet<string>): Promise<number> {
  authorize(actor, 'notifiers.write')
  const lost = (await findAllSealedOfNotifiers(tx)).filter(({ sealed }) => !keyIds.has(keyIdOf(sealed)))
  for (const [id, rows] of Map.groupBy(lost, ({ notifierId }) => notifierId)) {
    const fields = rows.map(({ field }) => field)
    await replaceSecrets(tx, id, [], fields)
    await recordAudit(tx, actor, {
      action: 'notifier.secrets_forgotten',
      target: { kind: 'notifier', id, name: rows[0]?.notifier.name ?? id },
      change: { fields, reason: 'the key that opens them is lost' },
    })
  }
  return lost.length
}
