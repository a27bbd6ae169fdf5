import { db } from '@/lib/db/client'

export async function findSettings(keys: readonly string[]): Promise<Map<string, unknown>> {
  const rows = await db().setting.findMany({ where: { key: { in: [...keys] } }, select: { key: true, value: true } })
  return new Map(rows.map((row) => [row.key, row.value]))
}

/** Does a controller hold its lease now? It renews it every few seconds. */
export async function hasLiveController(now: Date): Promise<boolean> {
  const lease = await db().lease.findFirst({ where: { expiresAt: { gt: now } }, select: { name: true } })
  return lease !== null
}
