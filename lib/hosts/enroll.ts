import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { hashOpaqueToken, newOpaqueToken } from '@/lib/auth/opaque-token'
import { inTransaction } from '@/lib/db/transaction'
import * as repository from '@/lib/hosts/repository'
import type { EnrollHost, JoinInstructions } from '@/lib/hosts/schema'
import { newId } from '@/lib/ids'
import { fleetDoor } from '@/lib/installation/service'

const TOKEN_LASTS_MS = 15 * 60_000

/** A join token, for one host and a quarter of an hour, and the command that uses it. The answer is the only place that has it. */
export async function enrollHost(
  actor: Actor,
  given: z.infer<typeof EnrollHost>,
  now = new Date(),
): Promise<JoinInstructions> {
  authorize(actor, 'hosts.admin')
  const { url, caFingerprint } = await fleetDoor()
  const token = newOpaqueToken('hfj')
  const id = newId('joinToken')
  const expiresAt = new Date(now.getTime() + TOKEN_LASTS_MS)
  await inTransaction(async (tx) => {
    await repository.insertJoinToken(tx, {
      id,
      tokenHash: hashOpaqueToken(token),
      hostName: given.name ?? null,
      labels: given.labels ?? null,
      createdBy: actor.name,
      expiresAt,
    })
    await recordAudit(tx, actor, {
      action: 'host.invited',
      target: { kind: 'join_token', id, name: given.name ?? 'any host' },
      change: { labels: given.labels ?? {}, expires_at: expiresAt },
    })
  })
  return {
    token_id: id,
    token,
    command: `holdfast-agent join ${url} ${token} --ca ${caFingerprint}`,
    url,
    ca_fingerprint: caFingerprint,
    expires_at: expiresAt.toISOString(),
  }
}
