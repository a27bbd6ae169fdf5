import type { ResponseOf } from '@/lib/agent-protocol/verbs'
import type { DueCheck, Outcome } from '@/lib/controller/monitoring/reach-repository'
import { saveBackend } from '@/lib/controller/resources/backend-repository'
import { usageColumns } from '@/lib/controller/resources/backend-rollup'
import { problemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { DRIVER_IDS, driverById } from '@/lib/drivers/registry'
import { missingTools } from '@/lib/hosts/view'
import { findMeasuring } from '@/lib/monitoring/sampling/repository'

/**
 * Of what no host uses nobody hears how it is: one host that has its programs looks at it, as often as storages are measured. One look
 * that fails may be a moment's, or the fault of that host: the next one follows after this, from another host where there is one.
 */
const AGAIN_MS = 60_000
/** A session with a block storage is no light thing: not more often than this. */
const BLOCK_MS = 60 * 60_000
/** Of so many hosts at a time the programs are read, until one has them. */
const HOSTS_AT_ONCE = 20

/** Nobody has it, or is to have it. What each host has for itself is nowhere then, and there is nothing to look at. */
const UNUSED: Prisma.BackendWhereInput = {
  driver: { in: DRIVER_IDS.filter((id) => driverById(id).scope === 'fleet') },
  mounts: {
    none: {
      deletedAt: null,
      hosts: { some: { removed: false, desiredState: 'mounted', host: { revokedAt: null } } },
    },
  },
  hosts: { none: { desired: 'connected', host: { revokedAt: null } } },
}

const LOOK = {
  hostId: true,
  wantedAt: true,
  checkedAt: true,
  failedLayer: true,
  failures: true,
  since: true,
  healthSince: true,
} as const satisfies Prisma.ReachSelect

/** What is known of the way from one host. */
export type Look = Prisma.ReachGetPayload<{ select: typeof LOOK }>

/** Wants a look at each storage that nobody uses and whose time it is; returns at how many. */
export async function wantLooks(prisma: PrismaClient, now: Date): Promise<number> {
  const { usualSeconds, backends: own } = await findMeasuring(prisma)
  const rows = await prisma.backend.findMany({
    where: UNUSED,
    select: { id: true, driver: true, observedStatus: true, observedAt: true, createdAt: true },
    orderBy: { id: 'asc' },
  })
  const intervalOf = ({ id, driver, observedStatus, observedAt }: (typeof rows)[number]) => {
    const ms = (own.get(id) ?? usualSeconds) * 1000
    const isBlock = driverById(driver).access === 'block'
    // Soon it is known that it is well again, or how a new one is.
    if (isBad(observedStatus)) return isBlock ? ms : AGAIN_MS
    if (observedAt === null && !isBlock) return AGAIN_MS
    return isBlock ? Math.max(ms, BLOCK_MS) : ms
  }
  const isDue = (row: (typeof rows)[number], at: Date | null) =>
    at === null || at.getTime() + intervalOf(row) <= now.getTime()
  const due = rows.filter((row) => isDue(row, row.observedAt ?? row.createdAt))
  if (due.length === 0) return 0
  const online = await prisma.host.findMany({
    where: { observedStatus: 'online', revokedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  let count = 0
  for (const row of due) {
    const looks = await prisma.reach.findMany({ where: { backendId: row.id }, select: LOOK })
    // Up to then a host had it, and told how it was.
    if (looks.some(({ healthSince: at }) => !isDue(row, at))) continue
    const wellAt = row.observedStatus === 'online' ? row.observedAt : null
    const order = inOrder(
      online.map(({ id }) => id),
      looks,
      { now, wellAt, intervalMs: intervalOf(row) },
    )
    const hostId = await firstWithPrograms(prisma, order, row.driver)
    if (hostId === null) continue
    await retryContention(() => prisma.$transaction((tx) => wantLook(tx, row.id, hostId, now)))
    count++
  }
  return count
}

/** From which hosts to look now, the best first. `wellAt`: when the storage was well last, null if it is not. */
export function inOrder(
  hostIds: readonly string[],
  looks: readonly Look[],
  { now, wellAt, intervalMs }: { now: Date; wellAt: Date | null; intervalMs: number },
): string[] {
  const of = new Map(looks.map((look) => [look.hostId, look]))
  const age = ({ checkedAt }: Look) => now.getTime() - (checkedAt?.getTime() ?? 0)
  const here = hostIds.map((hostId) => ({ hostId, look: of.get(hostId) }))
  const isUnderWay = here.some(({ look }) => isWaiting({ wantedAt: null, ...look }, now))
  const hasJustFailed = looks.some((look) => failedSince(look, wellAt) && age(look) < AGAIN_MS)
  if (isUnderWay || hasJustFailed) return []
  return here
    .filter(
      ({ look }) => look === undefined || rank(look) < 2 || age(look) >= (look.failures > 1 ? intervalMs : AGAIN_MS),
    )
    .toSorted((a, b) => {
      const [one, other] = [rank(a.look), rank(b.look)]
      if (one !== other || a.look === undefined || b.look === undefined) return one - other
      // The one that has always looked goes on; where all have failed, it goes round.
      return one === 0 ? age(a.look) - age(b.look) : age(b.look) - age(a.look)
    })
    .map(({ hostId }) => hostId)
}

/** From where it was well, before from where nobody has looked, before from where it has failed. */
function rank(look: Look | undefined): number {
  if (look === undefined || look.checkedAt === null) return 1
  return look.failedLayer === null ? 0 : 2
}

function isWaiting({ wantedAt }: Pick<Look, 'wantedAt'>, now: Date): boolean {
  return wantedAt !== null && wantedAt <= now
}

/** Fails it from there since then, and not for longer, as where a wall has always been? */
function failedSince({ failedLayer, since }: Pick<Look, 'failedLayer' | 'since'>, wellAt: Date | null): boolean {
  return failedLayer !== null && since !== null && (wellAt === null || since > wellAt)
}

async function firstWithPrograms(db: Db, hostIds: readonly string[], driver: string): Promise<string | null> {
  for (let from = 0; from < hostIds.length; from += HOSTS_AT_ONCE) {
    const some = hostIds.slice(from, from + HOSTS_AT_ONCE)
    const rows = await db.host.findMany({ where: { id: { in: some } }, select: { id: true, observedInfo: true } })
    const able = new Set(
      rows.flatMap(({ id, observedInfo }) => (missingTools(observedInfo, driver).length > 0 ? [] : id)),
    )
    const found = some.find((id) => able.has(id))
    if (found !== undefined) return found
  }
  return null
}

async function wantLook(tx: Db, backendId: string, hostId: string, now: Date): Promise<void> {
  await tx.reach.upsert({
    where: { backendId_hostId: { backendId, hostId } },
    create: { backendId, hostId, wantedAt: now },
    update: { wantedAt: now },
    select: { id: true },
  })
}

/** Layers that come before the storage has said anything about us. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['name', 'route', 'tcp', 'protocol'])
/** What fails there is the host's fault. */
const OF_HOST: ReadonlySet<string> = new Set(['host', 'tools'])
/** So many looks that fail are the storage's fault. */
const ENOUGH = 2

/**
 * What a check says of a storage that nobody uses, which is its status then; of any other one hosts tell. Where it was well, one check
 * that fails changes nothing yet. Returns whether it was stored.
 */
export async function saveLook(
  tx: Db,
  { backendId }: Pick<DueCheck, 'backendId'>,
  {
    failedLayer,
    problem,
    generation,
    usage,
  }: Omit<Outcome, 'layers' | 'durationMs' | 'isUsed'> & Pick<ResponseOf<'testBackend'>, 'usage'>,
  now: Date,
): Promise<boolean> {
  if (failedLayer !== null && OF_HOST.has(failedLayer)) return false
  const stored = await tx.backend.findFirst({
    where: { ...UNUSED, id: backendId, generation },
    select: { observedStatus: true, observedAt: true },
  })
  if (stored === null) return false
  const told = { observedOn: null, observedAt: now, ...problemColumns(problem) }
  if (failedLayer === null) {
    await saveBackend(tx, backendId, {
      ...told,
      observedStatus: 'online',
      ...(usage === null ? {} : usageColumns(usage, now)),
    })
    return true
  }
  const { observedStatus, observedAt } = stored
  const wellAt = observedStatus === 'online' ? observedAt : null
  if (!isBad(observedStatus) && (await countFailed(tx, backendId, generation, wellAt)) < ENOUGH) return false
  await saveBackend(tx, backendId, { ...told, observedStatus: ON_THE_WAY.has(failedLayer) ? 'offline' : 'error' })
  return true
}

function isBad(status: string): boolean {
  return status === 'offline' || status === 'error'
}

async function countFailed(tx: Db, backendId: string, generation: number, wellAt: Date | null): Promise<number> {
  const rows = await tx.reach.findMany({
    where: { backendId, checkedGeneration: generation, failures: { gt: 0 } },
    select: { failedLayer: true, since: true, failures: true },
  })
  return rows
    .filter((row) => failedSince(row, wellAt) && !OF_HOST.has(row.failedLayer ?? ''))
    .reduce((sum, { failures }) => sum + failures, 0)
}
