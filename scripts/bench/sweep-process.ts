import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { measureRound, type RoundFigures, simulateFleet } from '@/lib/testing/simulate-fleet'

/** The measured side of the sweep: the controller's own code, alone in its process. */
const [hostsProgram = '', hosts = '1000', rounds = '20'] = process.argv.slice(2)

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function summary(figures: RoundFigures[]) {
  return {
    rounds: figures.length,
    wallMs: median(figures.map(({ wallMs }) => wallMs)),
    cpuSeconds: median(figures.map(({ cpuSeconds }) => cpuSeconds)),
    rssMb: Math.max(...figures.map(({ rssMb }) => rssMb)),
    falselyFailed: figures.reduce((sum, { falselyFailed }) => sum + falselyFailed, 0),
    falselyOffline: Math.max(...figures.map(({ falselyOffline }) => falselyOffline)),
    hangingFound: median(figures.map(({ hangingFound }) => hangingFound)),
  }
}

const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-sweep-'))
const url = `file:${path.join(directory, 'holdfast.db')}`
await migrateDatabase({ url, directory: path.resolve('prisma/migrations') })
const database = await openDatabase(url)
const simulation = await simulateFleet({ database, hostsProgram, hosts: Number(hosts) })

async function measure(count: number, hanging: ReadonlySet<string>): Promise<RoundFigures[]> {
  const figures: RoundFigures[] = []
  for (let round = 0; round < count; round++) figures.push(await measureRound(simulation, hanging))
  return figures
}

const cold = await measure(1, new Set())
await measure(3, new Set())
const healthy = await measure(Number(rounds), new Set())
const hanging = await simulation.hang(Math.round(Number(hosts) / 10))
const faulty = await measure(Number(rounds), hanging)
process.stdout.write(
  `${JSON.stringify({ hosts: Number(hosts), cold: summary(cold), healthy: summary(healthy), hanging: summary(faulty) }, null, 2)}\n`,
)
await simulation.stop()
await database.close()
rmSync(directory, { recursive: true, force: true })
