import { type Db, db } from '@/lib/db/client'

const COLUMNS = {
  id: true,
  poolId: true,
  hostId: true,
  path: true,
  bytes: true,
  metadata: true,
  expectedSha256: true,
  sha256: true,
  received: true,
  status: true,
  error: true,
  createdBy: true,
  expiresAt: true,
  createdAt: true,
  host: { select: { name: true } },
} as const

export function findUpload(poolId: string, id: string) {
  return db().upload.findFirst({ where: { id, poolId }, select: COLUMNS })
}

export type UploadRow = NonNullable<Awaited<ReturnType<typeof findUpload>>>

/** Those that are being sent, the newest first. */
export function findOpen(poolId: string, now: Date): Promise<UploadRow[]> {
  return db().upload.findMany({
    where: { poolId, status: 'open', expiresAt: { gt: now } },
    select: COLUMNS,
    orderBy: { id: 'desc' },
  })
}

export interface NewUpload {
  id: string
  poolId: string
  hostId: string
  path: string
  bytes: bigint
  metadata: string | null
  expectedSha256: string | null
  createdBy: string
  expiresAt: Date
}

export async function insertUpload(row: NewUpload): Promise<void> {
  await db().upload.create({ data: row })
}

export async function noteProgress(id: string, received: number, expiresAt: Date): Promise<void> {
  await db().upload.updateMany({ where: { id, status: 'open' }, data: { received: BigInt(received), expiresAt } })
}

/** False: somebody else has ended it meanwhile. */
export async function endUpload(
  tx: Db,
  id: string,
  end: { status: 'done'; sha256: string } | { status: 'failed'; error: string },
): Promise<boolean> {
  const { count } = await tx.upload.updateMany({ where: { id, status: 'open' }, data: end })
  return count > 0
}

export async function removeUpload(tx: Db, id: string): Promise<void> {
  await tx.upload.deleteMany({ where: { id } })
}
