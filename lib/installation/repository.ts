import { db } from '@/lib/db/client'

export async function findSettings(keys: readonly string[]): Promise<Map<string, unknown>> {
  const rows = await db().setting.findMany({ where: { key: { in: [...keys] } }, select: { key: true, value: true } })
  return new Map(rows.map((row) => [row.key, row.value]))
}

/** The lease of the controller that sends commands; it is renewed every few seconds. */
export function findLead() {
  return db().lease.findUnique({ where: { name: 'controller/lead' }, select: { expiresAt: true } })
}

/** One small row that says nothing: written to see whether the database takes a write. */
export async function writeProbe(now: Date): Promise<void> {
  const value = { at: now.toISOString() }
  await db().setting.upsert({
    where: { key: 'readiness_probe' },
    create: { key: 'readiness_probe', value },
    update: { value },
  })
}
