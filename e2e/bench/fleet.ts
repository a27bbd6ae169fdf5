import { record, section } from '@/e2e/bench/figures'
import type { FleetResults } from '@/e2e/bench/fleet-process'
import { runSimulated } from '@/e2e/bench/simulated'

const HOSTS = 1_000

/** A mount for all and a removal, with a fifth of the hosts away: what it takes until all of them are as wanted. */
export async function benchFleet(): Promise<void> {
  section(`Converging of ${HOSTS} hosts over mutual TLS, a fifth of them away`)
  const results = await runSimulated<FleetResults>('e2e/bench/fleet-process.ts', [String(HOSTS)])
  const second = (name: string, ms: number) => record({ name, value: ms / 1000, unit: 's' })
  second('all hosts online', results.onlineMs)
  second('a mount on all of them', results.applyMs)
  record({ name: 'a mount on all of them, CPU of the controller', value: results.applyCpuSeconds, unit: 's' })
  second('a fifth noticed as away', results.noticedMs)
  second('a mount and a removal on those that are there', results.presentMs)
  record({
    name: 'hosts as wanted after the rest came back',
    value: results.convergedShare * 100,
    unit: '%',
    goal: '100 %',
    reached: results.convergedShare === 1,
  })
  record({
    name: 'from their return until all are as wanted',
    value: results.returnMs / 1000,
    unit: 's',
    goal: '<= 60 s',
    reached: results.returnMs <= 60_000,
  })
  record({ name: 'the same, CPU of the controller', value: results.returnCpuSeconds, unit: 's' })
  record({
    name: 'hosts that were there and counted as away or failed',
    value: results.falseFailures,
    unit: '',
    goal: '0',
    reached: results.falseFailures === 0,
  })
  record({ name: 'controller with its fleet, RSS', value: results.rssMb, unit: 'MB' })
}
