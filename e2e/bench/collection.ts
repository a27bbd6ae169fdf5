import type { CollectionResults, Cost } from '@/e2e/bench/collection-process'
import { record, section } from '@/e2e/bench/figures'
import { runSimulated } from '@/e2e/bench/simulated'
import { prometheusPath } from '@/e2e/support/prometheus'

const HOSTS = 1_000
const BACKENDS = 10
const ROUNDS = 12
const INTERVAL_S = 5
const GOAL = 0.6
const WRITING_GOAL_MS = 1_000

/** What the figures of all storages on all hosts cost to collect, beside a real Prometheus; and then to store, which is told apart. */
export async function benchCollection(): Promise<void> {
  section(`Collecting ${HOSTS} hosts x ${BACKENDS} backends every ${INTERVAL_S} s, ${ROUNDS} rounds`)
  const args = [HOSTS, BACKENDS, ROUNDS, INTERVAL_S].map(String)
  const results = await runSimulated<CollectionResults>('e2e/bench/collection-process.ts', [...args, prometheusPath()])
  const { sweep, anew, scrape, storing } = results
  record({ name: 'Prometheus, CPU per sweep', value: scrape.cpuSeconds, unit: 's' })
  record({ name: 'Prometheus, samples per sweep', value: scrape.samples, unit: '' })
  record({ name: 'Prometheus, answer of a host', value: scrape.answerBytes / 1024, unit: 'KiB' })
  record({ name: 'Prometheus, RSS', value: scrape.rssMb, unit: 'MiB' })
  const ratio = sweep.cpuSeconds / scrape.cpuSeconds
  record({
    name: 'a 20th has measured anew, CPU per sweep',
    value: sweep.cpuSeconds,
    unit: 's',
    ratio,
    baseline: 'Prometheus',
    goal: `<= ${GOAL}x`,
    reached: ratio <= GOAL,
  })
  record({
    name: 'all have measured anew, CPU per sweep',
    value: anew.cpuSeconds,
    unit: 's',
    ratio: anew.cpuSeconds / scrape.cpuSeconds,
    baseline: 'Prometheus',
  })
  record({ name: 'answer of a host', value: sweep.answerBytes / 1024, unit: 'KiB' })
  record({ name: 'controller with its fleet, RSS', value: sweep.rssMb, unit: 'MiB' })
  const failed = sweep.failed + anew.failed + scrape.failed
  record({ name: 'hosts that failed', value: failed, unit: '', goal: '0', reached: failed === 0 })
  const cost = (name: string, { wallMs, cpuSeconds }: Cost) => {
    record({ name: `${name}, wall`, value: wallMs, unit: 'ms' })
    record({ name: `${name}, CPU`, value: cpuSeconds, unit: 's' })
  }
  const writingMs = storing.capacity.wallMs + storing.activity.wallMs
  cost(`storing what ${HOSTS * BACKENDS} mounts show`, storing.rows)
  cost('history of capacity', storing.capacity)
  cost(`history of speed, ${storing.points} points`, storing.activity)
  record({
    name: 'both histories, wall',
    value: writingMs,
    unit: 'ms',
    goal: `<= ${WRITING_GOAL_MS} ms`,
    reached: writingMs <= WRITING_GOAL_MS,
  })
  cost('counting availability', storing.availability)
  cost('deciding alerts', storing.alerts)
}
