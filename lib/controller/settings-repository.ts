import { findAllSealed } from '@/lib/db/all-sealed'
import type { Db, Prisma } from '@/lib/db/client'
import { keyIdOf } from '@/lib/db/sealed-secrets'
import { PULSE_PREFIX } from '@/lib/health/schema'
import { CLEANED_KEY, Cleaned, RETENTION_KEYS, type Retention, retentionFrom } from '@/lib/retention/schema'

/** Facts that the controller publishes for the other processes. */
export interface PublishedFacts {
  installation_id: string
  sealing_public_key: Prisma.InputJsonValue
  ca_fingerprint: string
  /** Public certificates of the fleet's CA, in PEM: web processes know a relay by them. */
  fleet_authorities: string
  fleet_url: string
  /** The packaged agent that the fleet port serves, by file name; null when it was not built. */
  agent_package: { file: string; sha256: string; version: string | null } | null
}

export async function readSetting(db: Db, key: string): Promise<unknown> {
  return (await db.setting.findUnique({ where: { key } }))?.value
}

export async function writeSetting(db: Db, key: string, value: Prisma.InputJsonValue): Promise<void> {
  await db.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
}

/** Writes what has changed. */
export async function publishFacts(db: Db, facts: PublishedFacts): Promise<void> {
  for (const [key, fact] of Object.entries(facts)) {
    // A JSON column takes no plain null.
    const value: Prisma.InputJsonValue = fact ?? {}
    const known = await readSetting(db, key)
    if (JSON.stringify(known) !== JSON.stringify(value)) await writeSetting(db, key, value)
  }
}

/** Ids of the keys that the stored secrets were sealed with. */
export async function sealingKeysInUse(db: Db): Promise<Set<string>> {
  return new Set((await findAllSealed(db)).map(keyIdOf))
}

/** How long history is kept. Throws when the settings hold no sensible number: then nothing is deleted. */
export async function readRetention(db: Db): Promise<Retention> {
  const rows = await db.setting.findMany({ where: { key: { in: Object.values(RETENTION_KEYS) } } })
  return retentionFrom(new Map(rows.map(({ key, value }) => [key, value])))
}

/** When `prune` was last done by any controller; null: never. */
export async function lastCleanUp(db: Db): Promise<Date | null> {
  const cleaned = Cleaned.safeParse(await readSetting(db, CLEANED_KEY)).data
  return cleaned ? new Date(cleaned.at) : null
}

export async function recordCleanUp(db: Db, now: Date): Promise<void> {
  await writeSetting(db, CLEANED_KEY, { at: now.toISOString() })
}

/** Alerts that are over: long enough to compare with the same season. */
const ALERTS_KEPT_DAYS = 400

/** Messages about alerts, from their end on. */
const DELIVERIES_KEPT_DAYS = 90
/** Rows that go in one statement: on SQLite all other writers wait for it. An operation takes its log with it. */
const LOTS = { operations: 200, mountEvents: 2_000 }

async function pruneOperations(db: Db, before: Date): Promise<{ count: number }> {
  return inLots(async () => {
    const old = { where: { finishedAt: { lt: before } }, select: { id: true }, take: LOTS.operations }
    const ids = (await db.operation.findMany(old)).map(({ id }) => id)
    return db.operation.deleteMany({ where: { id: { in: ids } } })
  })
}

async function pruneMountEvents(db: Db, before: Date): Promise<{ count: number }> {
  return inLots(async () => {
    const old = { where: { at: { lt: before } }, select: { id: true }, take: LOTS.mountEvents }
    const ids = (await db.mountEvent.findMany(old)).map(({ id }) => id)
    return db.mountEvent.deleteMany({ where: { id: { in: ids } } })
  })
}

/** One after the other until nothing is left. */
async function inLots(removeSome: () => Promise<{ count: number }>): Promise<{ count: number }> {
  for (let count = 0; ; ) {
    const removed = (await removeSome()).count
    if (removed === 0) return { count }
    count += removed
  }
}

/** Maintenance windows that are over: as long as somebody may wonder. */
const MAINTENANCE_KEPT_DAYS = 90

/** Who has looked at which screen; in the audit it stays. */
const CONSOLES_KEPT_DAYS = 90

/** Deletes what has outlived its use; returns how many rows went, by kind. */
export async function prune(db: Db, now: Date, retention: Retention): Promise<Record<string, number>> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
  const results = {
    operations: await pruneOperations(db, before(retention.operations)),
    mountEvents: await pruneMountEvents(db, before(retention.mount_history)),
    loginAttempts: await db.loginAttempt.deleteMany({ where: { at: { lt: before(2) } } }),
    idempotencyKeys: await db.idempotencyKey.deleteMany({ where: { expiresAt: { lt: now } } }),
    sessions: await db.session.deleteMany({
      where: { OR: [{ expiresAt: { lt: now } }, { revokedAt: { lt: before(1) } }] },
    }),
    joinTokens: await db.joinToken.deleteMany({ where: { expiresAt: { lt: before(7) } } }),
    leases: await db.lease.deleteMany({
      where: { name: { startsWith: 'controller/member/' }, expiresAt: { lt: before(1) } },
    }),
    pulses: await db.setting.deleteMany({
      where: { key: { startsWith: PULSE_PREFIX }, updatedAt: { lt: before(1) } },
    }),
    alerts: await db.alert.deleteMany({ where: { clearedAt: { lt: before(ALERTS_KEPT_DAYS) } } }),
    deliveries: await db.delivery.deleteMany({ where: { endedAt: { lt: before(DELIVERIES_KEPT_DAYS) } } }),
    // Of one that is open for years, the last of what became of it.
    alertEvents: await db.alertEvent.deleteMany({ where: { at: { lt: before(ALERTS_KEPT_DAYS) } } }),
    maintenance: await db.maintenanceWindow.deleteMany({ where: { endsAt: { lt: before(MAINTENANCE_KEPT_DAYS) } } }),
    uploads: await db.upload.deleteMany({ where: { expiresAt: { lt: before(1) } } }),
    consoles: await db.console.deleteMany({
      where: {
        OR: [{ endedAt: { lt: before(CONSOLES_KEPT_DAYS) } }, { openedAt: null, expiresAt: { lt: before(1) } }],
      },
    }),
    relayTickets: await db.relayTicket.deleteMany({ where: { expiresAt: { lt: before(1) } } }),
    setupTokens: await db.setupToken.deleteMany({ where: { expiresAt: { lt: before(1) } } }),
  }
  return Object.fromEntries(Object.entries(results).map(([kind, { count }]) => [kind, count]))
}
