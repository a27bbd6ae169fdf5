import { record, section } from '@/e2e/bench/figures'
import { runSimulated } from '@/e2e/bench/simulated'
import type { SweepResults, SweepSummary } from '@/e2e/bench/sweep-process'

const HOSTS = 1_000
const ROUNDS = 20
/** Prometheus needs 0.17 s where a bare poller needs 0.06 s; six tenths of that. */
const CPU_GOAL = 1.7

/** Sweeps of simulated hosts over mutual TLS, answers stored; the controller is alone in its process, the hosts in another. */
export async function benchSweep(): Promise<void> {
  section(`Sweep of ${HOSTS} hosts over mutual TLS, ${ROUNDS} rounds`)
  const results = await runSimulated<SweepResults>('e2e/bench/sweep-process.ts', [String(HOSTS), String(ROUNDS)])
  const { cold, healthy, hanging, bare } = results
  record({ name: 'bare poller, CPU per sweep', value: bare.cpuSeconds, unit: 's' })
  record({ name: 'first sweep with all handshakes, CPU', value: cold.cpuSeconds, unit: 's' })
  record({ name: 'all healthy, wall', value: healthy.wallMs, unit: 'ms' })
  const ratio = healthy.cpuSeconds / bare.cpuSeconds
  record({
    name: 'all healthy, CPU per sweep, parsed and stored',
    value: healthy.cpuSeconds,
    unit: 's',
    ratio,
    baseline: 'bare poller',
    goal: `<= ${CPU_GOAL}x (0.6x Prometheus)`,
    reached: ratio <= CPU_GOAL,
  })
  record({ name: 'all healthy, longest delay of the event loop', value: healthy.loopDelayMs, unit: 'ms' })
  record({ name: 'a tenth hanging, wall', value: hanging.wallMs, unit: 'ms' })
  record({ name: 'a tenth hanging, CPU per sweep', value: hanging.cpuSeconds, unit: 's' })
  record({
    name: 'controller with its fleet, RSS',
    value: hanging.rssMb,
    unit: 'MB',
    goal: '<= 265 MB (Prometheus)',
    reached: hanging.rssMb <= 265,
  })
  const falselyFailed = [cold, healthy, hanging].reduce((sum, part: SweepSummary) => sum + part.falselyFailed, 0)
  record({
    name: `healthy hosts falsely failed in ${2 * ROUNDS + 1} sweeps`,
    value: falselyFailed,
    unit: '',
    goal: '0',
    reached: falselyFailed === 0 && hanging.falselyOffline === 0,
  })
}
