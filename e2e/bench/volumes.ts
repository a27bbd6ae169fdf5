import { quantile, record, section } from '@/e2e/bench/figures'
import { runSimulated } from '@/e2e/bench/simulated'
import type { VolumeSamples } from '@/e2e/bench/volumes-process'

const ROUNDS = 30
const COPIES = 3
/** A small act is one or two runs of `qemu-img`, with what makes sure that it is done once. */
const SMALL_GOAL = 3
const COPY_GOAL = 1.05

/** Volumes as image files, through the agent's own code, beside the bare `qemu-img` in the same minutes. */
export async function benchVolumes(): Promise<void> {
  section(`Volumes of 10 GiB as image files, ${ROUNDS} rounds, and ${COPIES} copies of 2 GiB`)
  const { bare, agent } = await runSimulated<VolumeSamples>('e2e/bench/volumes-process.ts', [
    String(ROUNDS),
    String(COPIES),
  ])
  for (const [act, ofBare] of Object.entries(bare)) {
    const [bareMs, agentMs] = [quantile(ofBare, 0.5), quantile(agent[act] ?? [], 0.5)]
    const goal = act === 'copy' ? COPY_GOAL : SMALL_GOAL
    record({ name: `${act}, bare qemu-img, median`, value: bareMs, unit: 'ms' })
    record({
      name: `${act}, agent, median`,
      value: agentMs,
      unit: 'ms',
      ratio: agentMs / bareMs,
      baseline: 'qemu-img',
      goal: `<= ${goal}x`,
      reached: agentMs / bareMs <= goal,
    })
  }
}
