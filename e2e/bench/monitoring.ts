import path from 'node:path'
import autocannon from 'autocannon'
import type { Person } from '@/e2e/bench/browser'
import { cpuSeconds, record, section } from '@/e2e/bench/figures'
import { benchYearChart } from '@/e2e/bench/year-chart'
import type { Product } from '@/e2e/support/product'
import { openDatabase } from '@/lib/db/client'
import { FLEET } from '@/lib/monitoring/fleet'
import { DAILY, DAY_MS, FINE, HOURLY, type Step, slotOf } from '@/lib/monitoring/steps'

const BACKENDS = 1_000
const SECONDS = 8
/** One person who looks, and more of them than ever look at once. */
const CONNECTIONS = [1, 8]
const GOAL_MS = 100

const ANSWERS = [
  { name: 'overview', address: '/api/v1/monitoring/overview' },
  { name: 'trends of all backends', address: '/api/v1/monitoring/trends?noun=backend' },
  { name: 'all together over a year', address: '/api/v1/monitoring/capacity?range=1y' },
]

/** Pages of monitoring over a year of history of 1,000 backends, with all that is kept of it: 3 million points. */
export async function benchMonitoring(product: Product, person: Person): Promise<void> {
  await fillYear(`file:${path.join(product.stateDir, 'holdfast.db')}`)
  const webPid = await product.pid('web')
  for (const connections of CONNECTIONS) {
    section(`Monitoring, a year of ${BACKENDS} backends, ${connections} at once`)
    for (const { name, address } of ANSWERS) {
      const before = cpuSeconds(webPid)
      const headers = { authorization: `Bearer ${product.token}` }
      const result = await autocannon({
        url: product.url,
        connections,
        duration: SECONDS,
        requests: [{ method: 'GET', headers, setupRequest: (request) => ({ ...request, path: address }) }],
      })
      if (result['2xx'] === 0 || result.non2xx > 0) throw new Error(`${address}: ${result.non2xx} bad answers`)
      const { p50, p99 } = result.latency
      const isGoal = connections === 1
      record({ name: `${name}, p50`, value: p50, unit: 'ms' })
      record({
        name: `${name}, p99`,
        value: p99,
        unit: 'ms',
        ...(isGoal ? { goal: `<= ${GOAL_MS} ms`, reached: p99 <= GOAL_MS } : {}),
      })
      const cpu = ((cpuSeconds(webPid) - before) * 1000) / result['2xx']
      record({ name: `${name}, web CPU per request`, value: cpu, unit: 'ms' })
    }
  }
  await benchYearChart(product, person, 'bkd_year0001')
}

/** Backends that grow at different speeds, straight into the database. */
async function fillYear(url: string): Promise<void> {
  const database = await openDatabase(url)
  const { prisma } = database
  const now = new Date()
  try {
    await prisma.backend.createMany({
      data: Array.from({ length: BACKENDS }, (_, n) => ({
        id: `bkd_year${String(n).padStart(4, '0')}`,
        name: `year-${n}`,
        driver: 'nfs',
        config: { server: '10.0.0.1', export_path: `/export/${n}` },
        source: `10.0.0.1:/export/${n}`,
      })),
    })
    await prisma.$executeRaw`
      INSERT INTO "CapacitySeries" ("subjectId", "hostId") SELECT "id", '' FROM "Backend" WHERE "id" LIKE 'bkd_year%'`
    await prisma.$executeRaw`INSERT INTO "CapacitySeries" ("subjectId", "hostId") VALUES (${FLEET}, '')
      ON CONFLICT DO NOTHING`
    for (const [step, days] of [
      [FINE, FINE.keptDays],
      [HOURLY, HOURLY.keptDays],
      [DAILY, 365],
    ] as const)
      await fillStep(prisma, step, slotOf(new Date(now.getTime() - days * DAY_MS), step), slotOf(now, step))
  } finally {
    await database.close()
  }
}

/** 10 TiB each, of which up to 90 % are used in the end, after a year of growth. */
async function fillStep(
  prisma: Awaited<ReturnType<typeof openDatabase>>['prisma'],
  { minutes }: Step,
  from: number,
  to: number,
): Promise<void> {
  const total = 10 * 2 ** 40
  const year = 365 * 24 * 60
  await prisma.$executeRaw`
    WITH RECURSIVE slots(slot) AS (SELECT ${from} UNION ALL SELECT slot + ${minutes} FROM slots WHERE slot < ${to}),
      levels AS (SELECT slot, s."id" AS id, CAST(${total} * (0.9 - 0.0008 * (s."id" % 1000)) * (1 - 0.5 * (${to} - slot) / ${year}) AS INTEGER) AS used
        FROM slots, "CapacitySeries" s)
    INSERT INTO "CapacityPoint" ("step", "slot", "seriesId", "totalBytes", "usedBytes", "availableBytes", "leastUsedBytes", "mostUsedBytes")
    SELECT ${minutes}, slot, id, ${total}, used, ${total} - used, used, used FROM levels WHERE true ORDER BY slot, id
    ON CONFLICT DO NOTHING`
}
