import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { hostEngine } from '@/agent/volume-engines'
import { BareImages, LibvirtImages, qemuImg, type Samples, timed } from '@/e2e/bench/bare-volumes'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

/**
 * The agent's own code on this machine, beside the bare commands and those of libvirt; they alternate, so that a slow minute falls on all.
 * `node volumes-process.mjs <hosts program> <rounds> <copies>`; prints one JSON object. The first is of other benchmarks.
 */
const [, rounds = '30', copies = '3'] = process.argv.slice(2)

export interface VolumeSamples {
  bare: Samples
  /** Null: libvirt is not installed. */
  virsh: Samples | null
  agent: Samples
}

const GIB = 1024 ** 3
const POOL = testId('pool', 'a')
const DEFAULTS = { format: 'qcow2', provisioning: 'thin' } as const

const base = makeBase('bench', ['data', 'mnt', 'bare', 'virsh'])
const bareDirectory = join(base, 'bare')
const bare = new BareImages(bareDirectory)
const virsh = await LibvirtImages.open(join(base, 'virsh'))
const samples: VolumeSamples = { bare: {}, virsh: virsh === null ? null : {}, agent: {} }
/** What is waited for, by operation. */
const endings = new Map<string, () => void>()
let numbers = 0

/** From the question to the end of the job, as the controller hears of it. */
async function works(host: PoolHost, name: string, work: VolumeWork): Promise<void> {
  const operationId = testId('operation', `b${numbers++}`)
  const finished = Promise.withResolvers<void>()
  endings.set(operationId, finished.resolve)
  await ask(host, { verb: 'work', poolId: POOL, volumeId: testId('volume', name), work, operationId })
  await finished.promise
  const job = await ended(host, operationId)
  if (job.state !== 'succeeded') throw new Error(`${work.do} of ${name}: ${job.error?.message}`)
}

async function round(host: PoolHost, n: number): Promise<void> {
  const { agent: ofAgent } = samples
  const others = async (act: 'create' | 'snapshot' | 'clone' | 'resize') => {
    await timed(samples.bare, act, () => bare[act](n))
    if (virsh !== null && samples.virsh !== null) await timed(samples.virsh, act, () => virsh[act](n))
  }
  const size = { do: 'create', sizeBytes: 10 * GIB, ...DEFAULTS, content: null } as const
  await others('create')
  await timed(ofAgent, 'create', () => works(host, `a${n}`, size))
  await others('snapshot')
  const snapshotId = testId('snapshot', `s${n}`)
  await timed(ofAgent, 'snapshot', () => works(host, `a${n}`, { do: 'snapshot', snapshotId }))
  await others('clone')
  const of = { volumeId: testId('volume', `a${n}`), snapshotId }
  await timed(ofAgent, 'clone', () => works(host, `c${n}`, { do: 'clone', of }))
  await others('resize')
  await timed(ofAgent, 'resize', () => works(host, `a${n}`, { do: 'grow', sizeBytes: 11 * GIB }))
}

/** Bytes that nothing can make smaller. */
function fill(path: string, bytes: number): void {
  const block = randomBytes(64 * 1024 * 1024)
  const fd = openSync(path, 'w')
  for (let written = 0; written < bytes; written += block.length) {
    block.writeUInt32LE(written / block.length, 0)
    writeSync(fd, block)
  }
  closeSync(fd)
}

async function copyRounds(host: PoolHost, count: number): Promise<void> {
  if (count === 0) return
  const name = 'content.raw'
  fill(join(base, 'data', name), 2 * GIB)
  await works(host, 'source', { do: 'adopt', name })
  const source = join(base, 'data', testId('volume', 'source'), 'disk.raw')
  const content = { from: 'volume', poolId: POOL, volumeId: testId('volume', 'source'), snapshotId: null } as const
  for (let n = 0; n < count; n++) {
    const target = join(bareDirectory, 'copy.qcow2')
    spawnSync('/bin/sync')
    await timed(samples.bare, 'copy', () => {
      qemuImg('convert', '-f', 'raw', '-O', 'qcow2', source, target)
      // As the agent does before it says that the copy is there.
      spawnSync('/bin/sync', [target])
    })
    rmSync(target)
    spawnSync('/bin/sync')
    await timed(samples.agent, 'copy', () =>
      works(host, `copy${n}`, { do: 'create', sizeBytes: null, ...DEFAULTS, content }),
    )
    await works(host, `copy${n}`, { do: 'trash' })
    await works(host, `copy${n}`, { do: 'purge' })
  }
}

const host = await openPoolHost(base, hostEngine('image-files'))
host.runner.onEnd((operationId) => endings.get(operationId)?.())
try {
  for (const asked of firstPool(base)) await ask(host, asked)
  // What is done for the first time is not what a person waits for.
  await round(host, 0)
  Object.assign(samples, { bare: {}, virsh: virsh === null ? null : {}, agent: {} })
  for (let n = 1; n <= Number(rounds); n++) await round(host, n)
  await copyRounds(host, Number(copies))
  process.stdout.write(`${JSON.stringify(samples)}\n`)
} finally {
  await host.close()
  await virsh?.close()
  removeBase(base)
}
process.exit(0)
