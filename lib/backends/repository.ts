import { DbNull } from '@prisma/client/runtime/client'
import { insertSecrets, type SealedRow, type SecretRecord } from '@/lib/backends/secret-repository'
import { type Db, db, type Prisma } from '@/lib/db/client'
import { jsonValue } from '@/lib/db/raw-values'
import type { SentWords } from '@/lib/drivers/sent-words'

const COLUMNS = {
  id: true,
  name: true,
  driver: true,
  config: true,
  sentWords: true,
  source: true,
  generation: true,
  createdAt: true,
  updatedAt: true,
  observedStatus: true,
  observedAt: true,
  observedError: true,
  observedOn: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  lastTestAt: true,
  lastTestOperation: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  fileCount: true,
  totalInodes: true,
  usedInodes: true,
  inodesOn: true,
  usageAt: true,
  usageOn: true,
} as const satisfies Prisma.BackendSelect

export type BackendRecord = Prisma.BackendGetPayload<{ select: typeof COLUMNS }>

export interface BackendFilter {
  drivers?: readonly string[] | undefined
  statuses?: readonly BackendRecord['observedStatus'][] | undefined
  ids?: readonly string[] | undefined
}

function whereOf({ drivers, statuses, ids }: BackendFilter): Prisma.BackendWhereInput {
  return {
    ...(drivers === undefined ? {} : { driver: { in: [...drivers] } }),
    ...(statuses === undefined ? {} : { observedStatus: { in: [...statuses] } }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

/** In the order of their ids, which is the order in which they were made. */
export function findPage(filter: BackendFilter, after: string | undefined, take: number): Promise<BackendRecord[]> {
  const where: Prisma.BackendWhereInput =
    after === undefined ? whereOf(filter) : { AND: [whereOf(filter), { id: { gt: after } }] }
  return db().backend.findMany({ where, select: COLUMNS, orderBy: { id: 'asc' }, take })
}

export function count(filter: BackendFilter): Promise<number> {
  return db().backend.count({ where: whereOf(filter) })
}

export function findNames() {
  return db().backend.findMany({ select: { id: true, name: true, source: true } })
}

export function findById(id: string, tx: Db = db()): Promise<BackendRecord | null> {
  return tx.backend.findUnique({ where: { id }, select: COLUMNS })
}

/** Another backend of this name. Plain SQL: everyone who makes or renames one asks. */
export async function findNamed(tx: Db, name: string, except: string): Promise<{ id: string; name: string } | null> {
  const [found] = await tx.$queryRaw<{ id: string; name: string }[]>`
    SELECT "id", "name" FROM "Backend" WHERE "name" = ${name} AND "id" <> ${except} LIMIT 1`
  return found ?? null
}

export interface LoadedBackend {
  row: BackendRecord
  secrets: SecretRecord[]
  mountCount: number
  templateCount: number | null
}

type LoadedRow = BackendRecord & {
  secretField: string | null
  secretFingerprint: string
  secretUpdatedAt: Date
  mountCount: number | bigint
  templateCount: number | bigint | null
}

/** One backend with what is shown of it, in one statement: this is what clients ask for most. */
export async function load(id: string): Promise<LoadedBackend | null> {
  const rows = await db().$queryRaw<LoadedRow[]>`
    SELECT b."id", b."name", b."driver", b."config", b."sentWords", b."source", b."generation", b."createdAt", b."updatedAt",
      b."observedStatus", b."observedAt", b."observedError", b."observedOn", b."observedProblem",
      b."observedValues", b."observedSaid", b."lastTestAt", b."lastTestOperation",
      b."totalBytes", b."usedBytes", b."availableBytes", b."fileCount", b."usageAt", b."usageOn",
      b."totalInodes", b."usedInodes", b."inodesOn",
      s."field" AS "secretField", s."fingerprint" AS "secretFingerprint", s."updatedAt" AS "secretUpdatedAt",
      (SELECT count(*) FROM "Mount" m WHERE m."backendId" = b."id" AND m."deletedAt" IS NULL) AS "mountCount",
      (SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(h."templateCount") END
        FROM "PoolOnHost" h JOIN "Pool" p ON p."id" = h."poolId"
        WHERE p."backendId" = b."id" AND p."deletedAt" IS NULL AND h."desired" = 'open') AS "templateCount"
    FROM "Backend" b LEFT JOIN "BackendSecret" s ON s."backendId" = b."id"
    WHERE b."id" = ${id}`
  const [first] = rows
  if (!first) return null
  const {
    secretField: _field,
    secretFingerprint: _print,
    secretUpdatedAt: _at,
    mountCount,
    templateCount,
    ...row
  } = first
  const secrets = rows.flatMap((found) =>
    found.secretField === null
      ? []
      : [
          {
            backendId: id,
            field: found.secretField,
            fingerprint: found.secretFingerprint,
            updatedAt: found.secretUpdatedAt,
          },
        ],
  )
  return {
    row,
    secrets,
    mountCount: Number(mountCount),
    templateCount: templateCount === null ? null : Number(templateCount),
  }
}

/** Mounts by backend, those that are being removed left out. */
export async function countMounts(): Promise<Map<string, number>> {
  const groups = await db().mount.groupBy({
    by: ['backendId'],
    where: { deletedAt: null },
    _count: { _all: true },
  })
  return new Map(groups.map((group) => [group.backendId, group._count._all]))
}

/** Templates in the pools of each backend that has some open; null: no host has told of any. */
export async function countTemplates(): Promise<Map<string, number | null>> {
  const rows = await db().$queryRaw<{ backendId: string; count: number | bigint | null }[]>`
    SELECT p."backendId", sum(h."templateCount") AS "count"
    FROM "PoolOnHost" h JOIN "Pool" p ON p."id" = h."poolId"
    WHERE p."deletedAt" IS NULL AND h."desired" = 'open' GROUP BY p."backendId"`
  return new Map(rows.map(({ backendId, count }) => [backendId, count === null ? null : Number(count)]))
}

/** What hosts that have it mounted have measured, as they told it last. */
export async function findHostUsage(backendId: string) {
  const rows = await db().mountOnHost.findMany({
    where: {
      mount: { backendId, deletedAt: null },
      removed: false,
      desiredState: 'mounted',
      observedState: 'mounted',
      host: { revokedAt: null },
    },
    select: { hostId: true, usage: true, host: { select: { name: true } } },
  })
  return rows.map(({ hostId, usage, host }) => ({ hostId, hostName: host.name, usage }))
}

/** Also mounts that hosts have not let go of yet. */
export function findUses(tx: Db, backendId: string) {
  return tx.mount.findMany({ where: { backendId }, select: { id: true, name: true, deletedAt: true } })
}

const CONNECTION = {
  backendId: true,
  hostId: true,
  desired: true,
  observedState: true,
  observedAt: true,
  observedSince: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  summary: true,
  details: true,
  host: { select: { name: true, observedStatus: true, revokedAt: true, updatedAt: true } },
} as const satisfies Prisma.BackendOnHostSelect

export type ConnectionRecord = Prisma.BackendOnHostGetPayload<{ select: typeof CONNECTION }>

/** Open somewhere, or to be. */
const SHOWN: Prisma.BackendOnHostWhereInput = {
  OR: [{ desired: 'connected' }, { observedState: { not: 'disconnected' } }],
}

/** Where backends are connected or are to be; of one backend, or of all. */
export function findConnections(backendId?: string, tx: Db = db()): Promise<ConnectionRecord[]> {
  return tx.backendOnHost.findMany({
    where: backendId === undefined ? SHOWN : { backendId, ...SHOWN },
    select: CONNECTION,
    orderBy: [{ backendId: 'asc' }, { host: { name: 'asc' } }],
  })
}

/** Writes down what is wanted on one host from now on; each time it is a new generation, so that nothing older is carried out. */
export async function wantConnection(
  tx: Db,
  { backendId, hostId }: { backendId: string; hostId: string },
  desired: ConnectionRecord['desired'],
  backendGeneration: number,
): Promise<void> {
  const where = { backendId_hostId: { backendId, hostId } }
  const before = await tx.backendOnHost.findUnique({ where, select: { desiredGeneration: true } })
  const desiredGeneration = Math.max((before?.desiredGeneration ?? 0) + 1, backendGeneration)
  const wish = { desired, desiredGeneration, attempts: 0, nextAttemptAt: null }
  await tx.backendOnHost.upsert({
    where,
    create: { backendId, hostId, ...wish },
    update: wish,
    select: { backendId: true },
  })
}

/** The hosts that have it connected are to take over its new settings. Returns how many. */
export async function renewConnections(tx: Db, backendId: string): Promise<number> {
  const { count } = await tx.backendOnHost.updateMany({
    where: { backendId, desired: 'connected' },
    data: { desiredGeneration: { increment: 1 }, attempts: 0, nextAttemptAt: null },
  })
  return count
}

export interface NewBackend {
  id: string
  name: string
  driver: string
  config: Record<string, unknown>
  source: string
}

/** In plain SQL, as `load`; violates the unique index when the name is taken. */
export async function insert(tx: Db, row: NewBackend, at: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Backend" ("id", "name", "driver", "config", "source", "createdAt", "updatedAt")
    VALUES (${row.id}, ${row.name}, ${row.driver}, ${jsonValue(row.config)}, ${row.source}, ${at}, ${at})`
}

export interface BackendChange {
  name: string
  config: Record<string, unknown>
  source: string
}

/** Raises the generation; false when it is not `expected` any more. */
export async function update(tx: Db, id: string, expected: number, change: BackendChange, at: Date): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Backend" SET "name" = ${change.name}, "config" = ${jsonValue(change.config)}, "source" = ${change.source},
      "updatedAt" = ${at}, "generation" = "generation" + 1
    WHERE "id" = ${id} AND "generation" = ${expected}`
  return changed === 1
}

/** The words of an older API in which its config came; null for none. */
export async function saveWords(tx: Db, id: string, words: SentWords | null): Promise<void> {
  await tx.backend.update({ where: { id }, data: { sentWords: words ?? DbNull }, select: { id: true } })
}

/** What was seen of the earlier config says nothing of the new one. */
export async function forgetObserved(tx: Db, id: string): Promise<void> {
  const nothing = {
    observedStatus: 'unknown',
    observedError: null,
    observedOn: null,
    observedProblem: null,
    observedValues: DbNull,
    observedSaid: null,
    observedAt: null,
  } as const
  await tx.backend.update({ where: { id }, data: nothing, select: { id: true } })
}

/** What a test leaves at a backend that was saved with just the settings that were tested. */
export interface KeptTest
  extends Partial<
    Pick<
      BackendRecord,
      | 'totalBytes'
      | 'usedBytes'
      | 'availableBytes'
      | 'fileCount'
      | 'usageAt'
      | 'usageOn'
      | 'totalInodes'
      | 'usedInodes'
      | 'inodesOn'
    >
  > {
  observedStatus: 'online'
  observedAt: Date
  lastTestAt: Date
  lastTestOperation: string
}

export async function keepTest(tx: Db, id: string, kept: KeptTest, at: Date): Promise<void> {
  await tx.backend.update({ where: { id }, data: { ...kept, updatedAt: at }, select: { id: true } })
}

const TEST_NOTE = 'backend-test/'

/** Notes of which settings a test is; notes from before `olderThan` go. */
export async function noteTest(tx: Db, operation: string, digest: string, olderThan: Date): Promise<void> {
  await tx.setting.deleteMany({ where: { key: { startsWith: TEST_NOTE }, updatedAt: { lt: olderThan } } })
  await tx.setting.create({ data: { key: `${TEST_NOTE}${operation}`, value: { digest } }, select: { key: true } })
}

/** A test with the note of its settings; null for what is no test. */
export async function findTest(operation: string) {
  const [row, setting] = await Promise.all([
    db().operation.findFirst({
      where: { id: operation, kind: 'backend.test' },
      select: {
        status: true,
        finishedAt: true,
        result: true,
        hosts: { select: { host: { select: { name: true } } }, take: 1 },
      },
    }),
    db().setting.findUnique({ where: { key: `${TEST_NOTE}${operation}` }, select: { value: true } }),
  ])
  return row && { ...row, note: setting?.value }
}

/** Writes back what a backend was before, secrets included, as a new generation. Without a word when it is gone. */
export async function restore(
  tx: Db,
  id: string,
  before: BackendChange & { secrets: readonly SealedRow[] },
  at: Date,
): Promise<void> {
  const row = await findById(id, tx)
  if (!row || !(await update(tx, id, row.generation, before, at))) return
  await forgetObserved(tx, id)
  await tx.backendSecret.deleteMany({ where: { backendId: id } })
  await insertSecrets(tx, id, before.secrets)
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.backend.delete({ where: { id }, select: { id: true } })
}
