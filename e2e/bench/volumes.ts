import { readFileSync } from 'node:fs'
import type { Samples } from '@/e2e/bench/bare-volumes'
import { quantile, record, section } from '@/e2e/bench/figures'
import { runSimulated } from '@/e2e/bench/simulated'
import type { VolumeSamples } from '@/e2e/bench/volumes-process'

const ROUNDS = 30
const COPIES = 3
/** A small act is one or two runs of `qemu-img`, with what makes sure that it is done once. */
const SMALL_GOAL = 3
const VIRSH_GOAL = 0.4
const COPY_GOAL = 1.05

/** Volumes as image files, through the agent's own code, beside the bare `qemu-img` and libvirt in the same minutes. */
export async function benchVolumes(): Promise<void> {
  section(`Volumes of 10 GiB as image files, ${ROUNDS} rounds, and ${COPIES} copies of 2 GiB`)
  const samples = await runSimulated<VolumeSamples>('e2e/bench/volumes-process.ts', [String(ROUNDS), String(COPIES)])
  const { agent, ...others } = samples
  for (const act of Object.keys(agent)) {
    recordBare(act, others)
    recordActs(act, 'agent', agent, others, act === 'copy' ? COPY_GOAL : SMALL_GOAL)
  }
  section('Volumes in LVM and in Ceph')
  const hasMapper = readFileSync('/proc/misc', 'utf8').includes('device-mapper')
  const why = hasMapper ? 'only image files are compared so far' : 'this kernel has no device mapper'
  console.log(`  not measured, LVM: ${why}`)
  console.log('  not measured, Ceph: a cluster on the machine that measures would be measured with it')
}

interface Others {
  bare: Samples
  virsh: Samples | null
}

const median = (samples: Samples, act: string) => quantile(samples[act] ?? [], 0.5)

export function recordBare(act: string, { bare, virsh }: Others): void {
  record({ name: `${act}, bare qemu-img, median`, value: median(bare, act), unit: 'ms' })
  if (virsh?.[act] !== undefined) record({ name: `${act}, virsh, median`, value: median(virsh, act), unit: 'ms' })
}

/** One figure for each of what it is compared with. `goal`: against the bare command; without one it is only said. */
export function recordActs(act: string, who: string, ours: Samples, { bare, virsh }: Others, goal?: number): void {
  const value = median(ours, act)
  const compared = (name: string, baseline: number, wanted: number | undefined) => {
    const ratio = value / baseline
    const reached = wanted === undefined ? {} : { goal: `<= ${wanted}x`, reached: ratio <= wanted }
    record({ name: `${act}, ${who}, median`, value, unit: 'ms', ratio, baseline: name, ...reached })
  }
  compared('qemu-img', median(bare, act), goal)
  if (virsh?.[act] !== undefined) compared('virsh', median(virsh, act), goal === undefined ? undefined : VIRSH_GOAL)
}
