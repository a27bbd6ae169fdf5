import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { mountsAt, tryUmount } from '@/agent/host/mounting/mounts'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { toHoldfastError } from '@/lib/errors'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { randomFrom } from '@/testing/random'

/**
 * Scripted mounts and unmounts: after each step, what the agent shows is compared with /proc/self/mountinfo.
 * `npm run test:full` has 500 cases, 40 s on two idle cores; HOLDFAST_TRUTH_SEED makes another run.
 */
const CASES = Number(process.env.HOLDFAST_TRUTH_CASES ?? 50)
const SEED = Number(process.env.HOLDFAST_TRUTH_SEED ?? 20_261_120)
const LANES = 10
const LIMIT_MS = 45_000
const KINDS = ['idle', 'busy', 'hung', 'dead', 'stacked'] as const
type Kind = (typeof KINDS)[number]

/** States that claim a mount of ours, none, or nothing for sure. Every state must be in here. */
const CLAIMS: Record<ObservedMount['state'], 'ours' | 'none' | 'other' | 'stacked' | 'unsettled'> = {
  mounted: 'ours',
  hung: 'ours',
  corrupted: 'ours',
  stuck: 'ours',
  absent: 'none',
  error: 'none',
  detached_dirty: 'none',
  foreign: 'other',
  stacked: 'stacked',
  mounting: 'unsettled',
  unmounting: 'unsettled',
  uncertain: 'unsettled',
}

let base: string
let host: MountHost

beforeAll(async () => {
  base = makeBase('truth')
  host = await openMountHost(base)
})
afterAll(async () => {
  await host.close()
  const left = readMounts().filter((mount) => mount.target.startsWith(`${base}/`))
  for (const entry of left.reverse()) spawnSync('umount', ['-c', '-l', entry.target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

/** What speaks against the shown state; null when it is what the kernel says. */
function contradiction(mount: WireMount): string | null {
  for (;;) {
    const before = mountsAt(mount.mountPoint)
    const shown = host.manager.list().find((one) => one.mountId === mount.mountId)
    const after = mountsAt(mount.mountPoint)
    if (JSON.stringify(before) !== JSON.stringify(after)) continue
    if (shown === undefined) return 'it is not in the list'
    const [entry] = after
    const truth = entry === undefined ? 'none' : after.length > 1 ? 'stacked' : 'ours'
    const claim = CLAIMS[shown.state]
    if (claim === 'unsettled') return `still ${shown.state}`
    if (claim !== truth) return `shown ${shown.state}, in mountinfo: ${truth}`
    const options = entry && truth === 'ours' ? [...new Set([...entry.options, ...entry.superOptions])].join(',') : null
    if (shown.options !== options) return `shown options ${shown.options}, in mountinfo: ${options}`
    return null
  }
}

interface Tally {
  checks: number
  wrong: string[]
  slowestMs: number
}

/** Outside changes are known within a moment; then both must agree. */
async function compare(mount: WireMount, what: string, tally: Tally): Promise<void> {
  const startedAt = performance.now()
  let found = contradiction(mount)
  while (found !== null && performance.now() - startedAt < LIMIT_MS) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    found = contradiction(mount)
  }
  tally.checks++
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt)
  if (found !== null) tally.wrong.push(`${what}: ${found}`)
}

/** One mountpoint with its generations. */
class Lane {
  readonly name: string
  #generation = 0
  /** Kept by the lane, as the controller keeps it. */
  mount: WireMount

  constructor(index: number) {
    this.name = `lane-${index}`
    this.mount = bindMount(base, this.name)
  }

  use(storage: 'bind' | 'fuse'): void {
    const config = { source: 'storage', program: HANG_FS }
    const fuse = { id: testId('backend', '2'), driver: 'hang-fs', config, secrets: {} }
    this.mount = bindMount(base, this.name, storage === 'bind' ? {} : { backend: fuse })
  }

  /**
   * The answer of a command must be true at the moment it is given: no waiting here. Resolves to the reason of a refusal, or null.
   */
  async ask(desiredState: 'mounted' | 'unmounted', what: string, tally: Tally): Promise<string | null> {
    const command = envelope(this.mount.mountId, { generation: ++this.#generation })
    const document = { ...this.mount, desiredState }
    let failure: string | null = null
    try {
      await host.manager.apply(command, performance.now(), document, { log: () => undefined })
    } catch (error) {
      const { code, message } = toHoldfastError(error)
      failure = `${code}: ${message}`
    }
    tally.checks++
    const count = mountsAt(this.mount.mountPoint).length
    const wanted = desiredState === 'mounted' ? 1 : 0
    if (failure === null && count !== wanted)
      tally.wrong.push(`${what}: ${desiredState} was reported with ${count} mounts`)
    await compare(this.mount, `${what}, ${desiredState}${failure === null ? '' : ` refused (${failure})`}`, tally)
    return failure
  }

  signal(signal: NodeJS.Signals): void {
    const directory = host.machine.fuse.paths(`holdfast-${this.mount.mountId}`).directory
    const { daemon } = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'))
    process.kill(daemon.pid, signal)
  }

  async run(kind: Kind, random: () => number, what: string, tally: Tally): Promise<void> {
    const { mountPoint } = this.mount
    const refused = await this.ask('mounted', what, tally)
    if (refused !== null) throw new Error(`${what}: it could not be mounted: ${refused}`)
    let fd: number | null = null
    if (kind === 'busy') fd = openSync(join(mountPoint, `held-by-${this.name}`), 'w')
    if (kind === 'hung') this.signal('SIGUSR1')
    if (kind === 'dead') this.signal('SIGKILL')
    if (kind === 'stacked') spawnSync('mount', ['-t', 'tmpfs', 'on-top', mountPoint])
    // At once, or when the agent has looked at it.
    if (random() < 0.5) await compare(this.mount, `${what}, before the unmount`, tally)
    const failure = await this.ask('unmounted', what, tally)
    if ((failure === null) === (kind === 'busy' || kind === 'stacked'))
      tally.wrong.push(`${what}: the unmount ${failure === null ? 'succeeded' : `failed: ${failure}`}`)
    if (fd !== null) closeSync(fd)
    if (kind === 'stacked') await tryUmount(new Runner(), host.machine.places.touch(mountPoint))
    if (kind === 'stacked' && mountsAt(mountPoint).length > 1) spawnSync('umount', ['-l', mountPoint])
    if (failure === null) return
    await compare(this.mount, `${what}, cleared`, tally)
    if ((await this.ask('unmounted', `${what}, again`, tally)) !== null) tally.wrong.push(`${what}: it stays mounted`)
  }
}

it(`what is shown is what mountinfo says, in ${CASES} mounts and unmounts`, { timeout: 600_000 }, async () => {
  const random = randomFrom(SEED)
  const script = Array.from({ length: CASES }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? 'idle'
    const fuse = kind === 'hung' || kind === 'dead' || random() < 0.3
    return { kind, storage: fuse ? ('fuse' as const) : ('bind' as const), random: randomFrom(random() * 2 ** 32) }
  })
  const tally: Tally = { checks: 0, wrong: [], slowestMs: 0 }
  const startedAt = performance.now()
  let next = 0
  const lanes = Array.from({ length: LANES }, async (_, index) => {
    const lane = new Lane(index)
    for (let at = next++; at < script.length; at = next++) {
      const { kind, storage, random: own } = script[at] ?? { kind: 'idle', storage: 'bind', random }
      lane.use(storage)
      await lane.run(kind, own, `case ${at} (${kind}, ${storage})`, tally)
    }
  })
  await Promise.all(lanes)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  process.stdout.write(
    `${CASES} cases, ${tally.checks} comparisons, ${tally.wrong.length} wrong, in ${seconds} s; agreed after ${Math.round(tally.slowestMs)} ms at most; seed ${SEED}\n`,
  )
  expect(tally.wrong).toEqual([])
})
