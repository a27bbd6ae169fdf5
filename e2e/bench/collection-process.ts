import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuSeconds, rssMiB } from '@/e2e/bench/figures'
import { Prometheus } from '@/e2e/support/prometheus'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { openDatabase, type PrismaClient } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { type Simulation, simulateFleet } from '@/testing/simulate-fleet'
import { waitFor } from '@/testing/wait'

/**
 * The controller's own code collects what hosts measure, and then a real Prometheus scrapes the same hosts at the same interval. The hosts
 * are in a process of their own. `node collection-process.mjs <hosts program> <hosts> <backends> <rounds> <seconds> <prometheus>`; prints one
 * JSON object.
 */
const [hostsProgram = '', hosts = '1000', backends = '10', rounds = '12', seconds = '5', prometheus = ''] =
  process.argv.slice(2)
const INTERVAL_MS = Number(seconds) * 1000
/** Nothing is stored by itself before that. */
const LATER_MS = 60 * 60_000
const WARM_ROUNDS = 3
/** Agents measure every five minutes, and are asked every 15 seconds. */
const SWEEPS_PER_MEASUREMENT = 20

export interface Cost {
  wallMs: number
  cpuSeconds: number
}

export interface CollectionResults {
  /** A sweep, on average over all of them at the interval, with all that the process does meanwhile. */
  sweep: { cpuSeconds: number; failed: number; answerBytes: number; rssMb: number }
  /** The same while every host has measured anew for every sweep. */
  anew: { cpuSeconds: number; failed: number }
  /** The same of Prometheus. */
  scrape: { cpuSeconds: number; failed: number; answerBytes: number; rssMb: number; samples: number }
  /** Of the figures of all mounts, when all of them are new. */
  storing: { rows: Cost; capacity: Cost; activity: Cost; availability: Cost; alerts: Cost; points: number }
}

/** Wall time and CPU of all threads of this process. */
async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wallMs: performance.now() - startedAt, cpuSeconds: (user + system) / 1e6 }
}

async function measureSweeps({ controller }: Simulation, count: number) {
  const { sweep, observations } = controller
  for (let round = 0; round < WARM_ROUNDS; round++) await sweep.round()
  await observations.touch(performance.now() + LATER_MS)
  let failed = 0
  const { cpuSeconds: cpu } = await costOf(async () => {
    for (let round = 0; round < count; round++) {
      const next = pause(INTERVAL_MS)
      failed += (await sweep.round()).failed.length
      await next
    }
  })
  return { cpuSeconds: cpu / count, failed }
}

async function measureStoring(simulation: Simulation, prisma: PrismaClient): Promise<CollectionResults['storing']> {
  const { observations, histories, alertCare, sweep } = simulation.controller
  let wait = LATER_MS
  const backend = () => prisma.backend.findFirstOrThrow({ select: { usageAt: true }, orderBy: { id: 'asc' } })
  const renew = async (usedBytes: number) => {
    await simulation.use(usedBytes, 0)
    await sweep.round()
    const { usageAt: before } = await backend()
    wait += LATER_MS
    const rows = await costOf(() => observations.touch(performance.now() + wait))
    const isNew = async () => (await backend()).usageAt?.getTime() !== before?.getTime()
    await waitFor('the figures of the backends', isNew, 60_000)
    return rows
  }
  // Of what has no history yet the first point takes longer.
  await renew(1.5e12)
  await histories.capacity.look()
  await histories.activity.look()
  await histories.availability.look()
  await alertCare.look()
  const rows = await renew(2e12)
  return {
    rows,
    capacity: await costOf(() => histories.capacity.look()),
    activity: await costOf(() => histories.activity.look()),
    availability: await costOf(() => histories.availability.look()),
    alerts: await costOf(() => alertCare.look()),
    points: await prisma.activityPoint.count(),
  }
}

async function measureScrapes(simulation: Simulation, directory: string, count: number) {
  const { controller } = simulation
  const { key, certificate } = await controller.ca.issueController()
  const file = (name: string, text: string) => {
    const at = path.join(directory, name)
    writeFileSync(at, text, { mode: 0o600 })
    return at
  }
  const started = await Prometheus.run(
    directory,
    {
      global: { scrape_interval: `${INTERVAL_MS}ms`, scrape_timeout: `${INTERVAL_MS}ms` },
      scrape_configs: [
        {
          job_name: 'hosts',
          scheme: 'https',
          // Its certificate has the id of the host, which Prometheus knows nothing of; not to look at it is less work.
          tls_config: {
            cert_file: file('client.pem', certificate),
            key_file: file('client.key', key),
            insecure_skip_verify: true,
          },
          static_configs: [{ targets: controller.directory.all().map(({ address }) => address) }],
        },
      ],
    },
    prometheus,
  )
  try {
    const up = async () => (await started.query('sum(up)'))[0]
    await waitFor('Prometheus to reach all hosts', async () => (await up()) === Number(hosts), 120_000)
    await pause(WARM_ROUNDS * INTERVAL_MS)
    const before = cpuSeconds(started.pid)
    await pause(count * INTERVAL_MS)
    const cpu = (cpuSeconds(started.pid) - before) / count
    const [lowest = 0] = await started.query(`sum(min_over_time(up[${count * Number(seconds)}s]))`)
    const [samples = 0] = await started.query('sum(scrape_samples_scraped)')
    return { cpuSeconds: cpu, failed: Number(hosts) - lowest, samples, rssMb: rssMiB(started.pid) }
  } finally {
    await started.stop()
  }
}

/** Bytes of an answer of the first host. */
async function sizeOf({ controller }: Simulation, address: string): Promise<number> {
  const { key, certificate: cert } = await controller.ca.issueController()
  const [host] = controller.directory.all()
  if (host === undefined) throw new Error('there are no hosts')
  const agent = new Agent({ key, cert, ca: controller.ca.authorities, checkServerIdentity: () => undefined })
  try {
    return await new Promise((resolve, reject) => {
      get({ agent, host: '127.0.0.1', port: Number(host.address.split(':')[1]), path: address }, (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => (bytes += chunk.length))
        response.on('end', () => resolve(bytes)).on('error', reject)
      }).on('error', reject)
    })
  } finally {
    agent.destroy()
  }
}

async function run(): Promise<CollectionResults> {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-collection-'))
  const url = `file:${path.join(directory, 'holdfast.db')}`
  await migrateDatabase({ url, directory: path.resolve('prisma/migrations') })
  const database = await openDatabase(url)
  const options = { database, hostsProgram, hosts: Number(hosts), mountsPerHost: Number(backends), tellsSpeed: true }
  const simulation = await simulateFleet(options)
  try {
    const anew = await measureSweeps(simulation, Number(rounds))
    await simulation.use(1e12, SWEEPS_PER_MEASUREMENT * INTERVAL_MS)
    const sweep = await measureSweeps(simulation, Number(rounds))
    const storing = await measureStoring(simulation, database.prisma)
    const rssMb = rssMiB(process.pid)
    const scrape = await measureScrapes(simulation, directory, Number(rounds))
    return {
      sweep: { ...sweep, rssMb, answerBytes: await sizeOf(simulation, VERBS.status.path) },
      scrape: { ...scrape, answerBytes: await sizeOf(simulation, '/metrics') },
      anew,
      storing,
    }
  } finally {
    await simulation.stop()
    await database.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

process.stdout.write(`${JSON.stringify(await run())}\n`)
