import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDatabase, type PrismaClient } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { newId } from '@/lib/ids'
import { type Simulation, simulateFleet } from '@/testing/simulate-fleet'

/** The measured side of `bench fleet`: a running controller alone in its process. `<hosts program> <hosts>`; prints one JSON object. */
const [hostsProgram = '', hosts = '1000'] = process.argv.slice(2)
const LIMIT_MS = 5 * 60_000

/** A question that is asked too often would be part of what is measured. */
const ASK_EVERY_MS = 250

async function waitFor(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited ${LIMIT_MS / 1000} s in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
}

export interface FleetResults {
  onlineMs: number
  applyMs: number
  applyCpuSeconds: number
  noticedMs: number
  presentMs: number
  returnMs: number
  returnCpuSeconds: number
  convergedShare: number
  falseFailures: number
  rssMb: number
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; cpuSeconds: number }> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - startedAt, cpuSeconds: (user + system) / 1e6 }
}

async function mountForAll(prisma: PrismaClient, { controller }: Simulation, name: string): Promise<string> {
  const backend = await prisma.backend.findFirstOrThrow({ select: { id: true } })
  const id = newId('mount')
  await prisma.mount.create({
    data: { id, name, backendId: backend.id, mountPoint: `/mnt/${name}`, targets: 'all' },
    select: { id: true },
  })
  await controller.reconciler.settle()
  return id
}

async function bury(prisma: PrismaClient, { controller, hostIds }: Simulation, id: string): Promise<void> {
  const hosts = { updateMany: { where: {}, data: { removed: true, desiredGeneration: { increment: 1 } } } }
  await prisma.mount.update({ where: { id }, data: { deletedAt: new Date(), hosts }, select: { id: true } })
  for (const hostId of hostIds) controller.reconciler.poke(hostId)
}

async function measure(prisma: PrismaClient, simulation: Simulation): Promise<FleetResults> {
  const { controller, hostIds } = simulation
  const away = hostIds.filter((_, index) => index % 5 === 0)
  const present = hostIds.filter((_, index) => index % 5 !== 0)
  const statusOf = (hostId: string) => controller.directory.get(hostId)?.status
  const mounted = (mountId: string, count: number) => async () =>
    (await prisma.mountOnHost.count({ where: { mountId, observedState: 'mounted', attempts: 0 } })) === count
  const rowsOf = (mountId: string) => prisma.mountOnHost.count({ where: { mountId } })

  const online = await timed(async () => {
    await controller.start()
    await waitFor('all hosts', () => hostIds.every((id) => statusOf(id) === 'online'))
  })
  let old = ''
  const apply = await timed(async () => {
    old = await mountForAll(prisma, simulation, 'first')
    await waitFor('the first mount', mounted(old, hostIds.length))
  })
  const noticed = await timed(async () => {
    await simulation.away(away)
    await waitFor('a fifth to be away', () => away.every((id) => statusOf(id) !== 'online'))
  })
  let late = ''
  const there = await timed(async () => {
    late = await mountForAll(prisma, simulation, 'second')
    await bury(prisma, simulation, old)
    await waitFor('the second mount', mounted(late, present.length))
    await waitFor('the tombstones of those away', async () => (await rowsOf(old)) === away.length)
  })
  const offline = present.filter((id) => statusOf(id) !== 'online').length
  const failed = await prisma.mountOnHost.count({ where: { hostId: { in: present }, attempts: { gt: 0 } } })
  const back = await timed(async () => {
    await simulation.away([])
    await waitFor('all hosts', mounted(late, hostIds.length))
    await waitFor('the removal', async () => (await rowsOf(old)) === 0)
  })
  const converged = await prisma.mountOnHost.count({ where: { mountId: late, observedState: 'mounted' } })
  return {
    onlineMs: online.ms,
    applyMs: apply.ms,
    applyCpuSeconds: apply.cpuSeconds,
    noticedMs: noticed.ms,
    presentMs: there.ms,
    returnMs: back.ms,
    returnCpuSeconds: back.cpuSeconds,
    convergedShare: converged / hostIds.length,
    falseFailures: offline + failed,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
  }
}

async function run(): Promise<FleetResults> {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-fleet-'))
  const url = `file:${path.join(directory, 'holdfast.db')}`
  await migrateDatabase({ url, directory: path.resolve('prisma/migrations') })
  const database = await openDatabase(url)
  const simulation = await simulateFleet({ database, hostsProgram, hosts: Number(hosts), startsLater: true })
  try {
    return await measure(database.prisma, simulation)
  } finally {
    await simulation.stop()
    await database.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

process.stdout.write(`${JSON.stringify(await run())}\n`)
