import { z } from 'zod'
import { LEAD } from '@/lib/controller/leadership/leadership'
import type { Db, Prisma } from '@/lib/db/client'
import { CONFIRMATION_KEY, Confirmation, type HostDifferences, RestoredState, STATE_KEY } from '@/lib/restores/schema'

const LEFT_KEY = 'left_on_hosts'
const Left = z.array(z.object({ host_id: z.string(), id: z.string() }))
/** Who leads by the database, whatever this process believes. */
export function findLead(db: Db): Promise<{ fence: number; holder: string } | null> {
  return db.lease.findUnique({ where: { name: LEAD }, select: { fence: true, holder: true } })
}

async function readSetting<T extends z.ZodType>(db: Db, key: string, schema: T): Promise<z.output<T> | null> {
  const row = await db.setting.findUnique({ where: { key }, select: { value: true } })
  return row ? (schema.safeParse(row.value).data ?? null) : null
}

async function writeSetting(db: Db, key: string, value: Prisma.InputJsonValue): Promise<void> {
  await db.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
}

/** The stored state; null when there is none, or none that this version can read. */
export function readRestored(db: Db): Promise<RestoredState | null> {
  return readSetting(db, STATE_KEY, RestoredState)
}

export function writeRestored(db: Db, state: RestoredState): Promise<void> {
  return writeSetting(db, STATE_KEY, state)
}

export function readConfirmation(db: Db): Promise<Confirmation | null> {
  return readSetting(db, CONFIRMATION_KEY, Confirmation)
}

export async function deleteConfirmation(db: Db): Promise<void> {
  await db.setting.deleteMany({ where: { key: CONFIRMATION_KEY } })
}

export async function deleteRestored(db: Db): Promise<void> {
  await db.setting.deleteMany({ where: { key: { in: [STATE_KEY, CONFIRMATION_KEY] } } })
}

/** What an administrator knows to be on a host without a row: ids, by host. */
export async function readLeft(db: Db): Promise<Map<string, Set<string>>> {
  const left = new Map<string, Set<string>>()
  for (const { host_id, id } of (await readSetting(db, LEFT_KEY, Left)) ?? []) {
    left.set(host_id, (left.get(host_id) ?? new Set()).add(id))
  }
  return left
}

/** Adds to it what these hosts keep. */
export async function addLeft(tx: Db, hosts: readonly HostDifferences[]): Promise<void> {
  const left = await readLeft(tx)
  const value = [
    ...[...left].flatMap(([host_id, ids]) => [...ids].map((id) => ({ host_id, id }))),
    ...hosts.flatMap(({ host_id, unknown }) =>
      unknown.filter(({ id }) => !left.get(host_id)?.has(id)).map(({ id }) => ({ host_id, id })),
    ),
  ]
  await writeSetting(tx, LEFT_KEY, value)
}
