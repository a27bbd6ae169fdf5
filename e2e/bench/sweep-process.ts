import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createSecureContext } from 'node:tls'
import pLimit from 'p-limit'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { openDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { measureRound, type RoundFigures, type Simulation, simulateFleet } from '@/testing/simulate-fleet'

/**
 * The measured side of the sweep: the controller's own code, and beside it a bare poller that keeps its connections and throws
 * the answers away. `node sweep-process.mjs <hosts program> <hosts> <rounds>`; prints one JSON object.
 */
const [hostsProgram = '', hosts = '1000', rounds = '20'] = process.argv.slice(2)

export interface SweepSummary {
  wallMs: number
  cpuSeconds: number
  rssMb: number
  loopDelayMs: number
  falselyFailed: number
  falselyOffline: number
  hangingFound: number
}

export interface SweepResults {
  hosts: number
  rounds: number
  cold: SweepSummary
  healthy: SweepSummary
  hanging: SweepSummary
  bare: { wallMs: number; cpuSeconds: number }
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function summary(figures: RoundFigures[]): SweepSummary {
  return {
    wallMs: median(figures.map(({ wallMs }) => wallMs)),
    cpuSeconds: median(figures.map(({ cpuSeconds }) => cpuSeconds)),
    rssMb: Math.max(...figures.map(({ rssMb }) => rssMb)),
    loopDelayMs: median(figures.map(({ loopDelayMs }) => loopDelayMs)),
    falselyFailed: figures.reduce((sum, { falselyFailed }) => sum + falselyFailed, 0),
    falselyOffline: Math.max(...figures.map(({ falselyOffline }) => falselyOffline)),
    hangingFound: median(figures.map(({ hangingFound }) => hangingFound)),
  }
}

async function measure(simulation: Simulation, count: number, hanging: ReadonlySet<string>): Promise<RoundFigures[]> {
  const figures: RoundFigures[] = []
  for (let round = 0; round < count; round++) figures.push(await measureRound(simulation, hanging))
  return figures
}

/** What Node needs for the questions alone. */
async function measureBare({ controller }: Simulation, count: number) {
  const { key, certificate } = await controller.ca.issueController()
  const secureContext = createSecureContext({ key, cert: certificate, ca: controller.ca.authorities })
  const targets = controller.directory.all().map(({ address }) => ({
    port: Number(address.split(':')[1]),
    agent: new Agent({ keepAlive: true, maxSockets: 1, secureContext, checkServerIdentity: () => undefined }),
  }))
  const limiter = pLimit(128)
  const ask = (target: (typeof targets)[number]) =>
    new Promise<void>((resolve, reject) => {
      get({ ...target, host: '127.0.0.1', path: VERBS.status.path }, (response) => {
        response.resume().on('end', resolve).on('error', reject)
      }).on('error', reject)
    })
  const figures: { wallMs: number; cpuSeconds: number }[] = []
  for (let round = 0; round < count; round++) {
    const startedAt = performance.now()
    const before = process.cpuUsage()
    await Promise.all(targets.map((target) => limiter(() => ask(target))))
    const { user, system } = process.cpuUsage(before)
    figures.push({ wallMs: performance.now() - startedAt, cpuSeconds: (user + system) / 1e6 })
  }
  for (const { agent } of targets) agent.destroy()
  const warm = figures.slice(3)
  return {
    wallMs: median(warm.map(({ wallMs }) => wallMs)),
    cpuSeconds: median(warm.map(({ cpuSeconds }) => cpuSeconds)),
  }
}

async function run(): Promise<SweepResults> {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-sweep-'))
  const url = `file:${path.join(directory, 'holdfast.db')}`
  await migrateDatabase({ url, directory: path.resolve('prisma/migrations') })
  const database = await openDatabase(url)
  const simulation = await simulateFleet({ database, hostsProgram, hosts: Number(hosts) })
  try {
    const count = Number(rounds)
    const cold = await measure(simulation, 1, new Set())
    await measure(simulation, 3, new Set())
    const healthy = await measure(simulation, count, new Set())
    const hanging = await measure(simulation, count, await simulation.hang(Math.round(Number(hosts) / 10)))
    await simulation.hang(0)
    const bare = await measureBare(simulation, count + 3)
    return {
      hosts: Number(hosts),
      rounds: count,
      cold: summary(cold),
      healthy: summary(healthy),
      hanging: summary(hanging),
      bare,
    }
  } finally {
    await simulation.stop()
    await database.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

process.stdout.write(`${JSON.stringify(await run())}\n`)
