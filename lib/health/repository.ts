import { statSync } from 'node:fs'
import path from 'node:path'
import { findAllSealed } from '@/lib/db/all-sealed'
import { database, db } from '@/lib/db/client'
import { type DatabaseLocation, parseDatabaseUrl } from '@/lib/db/database-url'
import { keyIdOf } from '@/lib/db/sealed-secrets'
import { PULSE_PREFIX, Pulse } from '@/lib/health/schema'

/** Those of controllers that were heard of after `since`. */
export async function findPulses(since: Date): Promise<Pulse[]> {
  const rows = await db().setting.findMany({
    where: { key: { startsWith: PULSE_PREFIX }, updatedAt: { gte: since } },
    select: { value: true },
  })
  return rows.flatMap(({ value }) => Pulse.safeParse(value).data ?? [])
}

export async function findQueue() {
  const [groups, oldest] = await Promise.all([
    db().operation.groupBy({
      by: ['status'],
      where: { status: { in: ['queued', 'running', 'paused'] } },
      _count: { _all: true },
    }),
    db().operation.findFirst({
      where: { status: 'queued' },
      orderBy: { createdAt: 'asc' },
      select: { createdAt: true },
    }),
  ])
  const number = (status: string) => groups.find((group) => group.status === status)?._count._all ?? 0
  return {
    queued: number('queued'),
    running: number('running'),
    paused: number('paused'),
    oldestQueuedAt: oldest?.createdAt ?? null,
  }
}

/** Every host that is not revoked, with what its agent has told. */
export function findAgents() {
  return db().host.findMany({
    where: { revokedAt: null },
    select: { name: true, isLocal: true, observedStatus: true, observedInfo: true },
    orderBy: { name: 'asc' },
  })
}

/** The host whose certificate runs out first. */
export async function findFirstCertificate() {
  const host = await db().host.findFirst({
    where: { revokedAt: null, certificateNotAfter: { not: null } },
    orderBy: { certificateNotAfter: 'asc' },
    select: { name: true, certificateNotAfter: true },
  })
  return host?.certificateNotAfter ? [{ name: host.name, notAfter: host.certificateNotAfter }] : []
}

/** How many stored secrets were sealed with which key. */
export async function countSealed(): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const sealed of await findAllSealed(db())) counts.set(keyIdOf(sealed), (counts.get(keyIdOf(sealed)) ?? 0) + 1)
  return counts
}

export async function findPublicKey(): Promise<string | null> {
  const row = await db().setting.findUnique({ where: { key: 'sealing_public_key' }, select: { value: true } })
  const kid = (row?.value as { kid?: unknown } | null)?.kid
  return typeof kid === 'string' ? kid : null
}

function fileBytes(file: string): number | null {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return null
  }
}

/** A bigint of PostgreSQL, or whatever the engine gives for a number. */
const numberOf = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))

async function sizesOf(location: DatabaseLocation) {
  if (location.provider === 'sqlite') {
    const [row] = await db().$queryRaw<{ version: string }[]>`SELECT sqlite_version() AS version`
    return {
      version: `SQLite ${row?.version ?? ''}`.trim(),
      sizeBytes: fileBytes(location.path),
      walBytes: fileBytes(`${location.path}-wal`),
      home: path.dirname(location.path),
    }
  }
  const [row] = await db().$queryRaw<{ version: string; size: unknown }[]>`
    SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size`
  return {
    version: `PostgreSQL ${row?.version ?? ''}`.trim(),
    sizeBytes: numberOf(row?.size),
    walBytes: null,
    home: null,
  }
}

/** Our own runner writes milliseconds, Prisma's tool may have written a text. */
function momentOf(value: unknown): Date | null {
  const at =
    value instanceof Date ? value : new Date(typeof value === 'bigint' ? Number(value) : (value as string | number))
  return Number.isNaN(at.getTime()) ? null : at
}

async function findMigration() {
  const [row] = await db().$queryRaw<{ name: string; at: unknown }[]>`
    SELECT "migration_name" AS "name", "finished_at" AS "at" FROM "_prisma_migrations"
    WHERE "finished_at" IS NOT NULL ORDER BY "migration_name" DESC LIMIT 1`
  return row ? { name: row.name, at: momentOf(row.at) } : null
}

/** What the database says of itself. `home`: its directory, if it is a file of this machine. */
export async function readDatabase(url: string) {
  const startedAt = performance.now()
  await db().$queryRaw`SELECT 1`
  const answeredInMs = Math.round(performance.now() - startedAt)
  const [sizes, migration] = await Promise.all([sizesOf(parseDatabaseUrl(url)), findMigration()])
  return { provider: database().provider, answeredInMs, migration, ...sizes }
}
