import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import { DAILY, DAY_MS, slotOf } from '@/lib/monitoring/steps'

/** Of a series that grows for certain. */
export interface StoredForecast {
  id: number
  fullAt: Date
  growthBytesPerDay: number
}

export async function findForecasts(tx: Db): Promise<StoredForecast[]> {
  const rows = await tx.capacitySeries.findMany({
    where: { fullAt: { not: null } },
    select: { id: true, fullAt: true, growthBytesPerDay: true },
  })
  return rows.flatMap(({ id, fullAt, growthBytesPerDay }) =>
    fullAt === null ? [] : [{ id, fullAt, growthBytesPerDay: growthBytesPerDay ?? 0 }],
  )
}

/** Ids of series that were measured today or yesterday, and are at least about half full. */
export async function findHalfFull(tx: Db, now: Date): Promise<number[]> {
  const [yesterday, today] = [slotOf(new Date(now.getTime() - DAY_MS), DAILY), slotOf(now, DAILY)]
  const rows = await tx.$queryRaw<{ seriesId: number | bigint }[]>`
    SELECT DISTINCT "seriesId" FROM "CapacityPoint"
    WHERE "step" = ${DAILY.minutes} AND "slot" IN (${yesterday}, ${today})
      AND "usedBytes" >= ("usedBytes" + COALESCE("availableBytes", "totalBytes" - "usedBytes")) * 0.4
    ORDER BY "seriesId"`
  return rows.map(({ seriesId }) => Number(seriesId))
}

/** A writer beside this one waits for as many. */
const ROWS_PER_TRANSACTION = 200

export async function saveForecasts(
  prisma: PrismaClient,
  news: readonly StoredForecast[],
  ended: readonly number[],
): Promise<void> {
  for (let from = 0; from < news.length; from += ROWS_PER_TRANSACTION) {
    const some = news.slice(from, from + ROWS_PER_TRANSACTION)
    await retryContention(() =>
      plainTransaction(prisma, async (tx) => {
        for (const { id, ...data } of some) await tx.capacitySeries.updateMany({ where: { id }, data })
      }),
    )
  }
  if (ended.length === 0) return
  await prisma.capacitySeries.updateMany({
    where: { id: { in: [...ended] } },
    data: { fullAt: null, growthBytesPerDay: null },
  })
}
