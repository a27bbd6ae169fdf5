import { type Db, db, type Prisma } from '@/lib/db/client'
import { REACH_SETTINGS_KEY, type ReachSettings, settingsFrom } from '@/lib/reachability/schema'

export async function findSettings(tx: Db = db()): Promise<ReachSettings> {
  const row = await tx.setting.findUnique({ where: { key: REACH_SETTINGS_KEY }, select: { value: true } })
  return settingsFrom(row?.value)
}

export async function saveSettings(tx: Db, value: ReachSettings): Promise<void> {
  const key = REACH_SETTINGS_KEY
  await tx.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
}

export function findHosts() {
  return db().host.findMany({
    where: { revokedAt: null },
    select: { id: true, name: true, observedStatus: true },
    orderBy: { name: 'asc' },
  })
}

export function findBackends() {
  return db().backend.findMany({
    select: { id: true, name: true, driver: true, source: true, config: true, generation: true },
    orderBy: { name: 'asc' },
  })
}

const CELL = {
  backendId: true,
  hostId: true,
  wantedAt: true,
  checkedAt: true,
  checkedGeneration: true,
  failedLayer: true,
  since: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
} as const satisfies Prisma.ReachSelect

export function findCells() {
  return db().reach.findMany({ where: { host: { revokedAt: null } }, select: CELL })
}

export type CheckRecord = Awaited<ReturnType<typeof findChecks>>[number]

/** Of one backend, by the name of the host. */
export function findChecks(backendId: string) {
  return db().reach.findMany({
    where: { backendId, host: { revokedAt: null } },
    select: { ...CELL, durationMs: true, layers: true, host: { select: { id: true, name: true } } },
    orderBy: { host: { name: 'asc' } },
  })
}

/** `<backend> <host>` of where storages are mounted or connected, or are to be; of one backend, or of all. */
export async function findUsed(backendId?: string): Promise<Set<string>> {
  const of = backendId === undefined ? {} : { backendId }
  const [mounts, connections] = await Promise.all([
    db().mountOnHost.findMany({
      where: { removed: false, mount: { ...of, deletedAt: null } },
      select: { hostId: true, mount: { select: { backendId: true } } },
    }),
    db().backendOnHost.findMany({ where: { ...of, desired: 'connected' }, select: { hostId: true, backendId: true } }),
  ])
  const mounted = mounts.map(({ hostId, mount }) => ({ hostId, backendId: mount.backendId }))
  return new Set([...mounted, ...connections].map(usedKey))
}

export function usedKey({ backendId, hostId }: { backendId: string; hostId: string }): string {
  return `${backendId} ${hostId}`
}

/** Those of these ids that there are. */
export async function findKnown(backendIds: readonly string[], hostIds: readonly string[]): Promise<Set<string>> {
  const [backends, hosts] = await Promise.all([
    db().backend.findMany({ where: { id: { in: [...backendIds] } }, select: { id: true } }),
    db().host.findMany({ where: { id: { in: [...hostIds] }, revokedAt: null }, select: { id: true } }),
  ])
  return new Set([...backends, ...hosts].map(({ id }) => id))
}
