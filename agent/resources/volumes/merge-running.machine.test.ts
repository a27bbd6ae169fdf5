import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { CrashRig } from '@/testing/agent/pool-crash'
import { ask, ended, firstPool, openPoolHost, type PoolAsked } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { slowMachines } from '@/testing/libvirt/slow-machines'

const MIB = 1024 ** 2
const VOLUME = testId('volume', 'a')
const snp = (name: string) => testId('snapshot', name)

let bundle: Awaited<ReturnType<typeof bundleProcess>>
let rig: CrashRig
let libvirtd: RealLibvirtd

beforeAll(async () => {
  bundle = await bundleProcess('pool-process')
  rig = new CrashRig(bundle.program, 'image-files')
  const created = rig.agent([
    ...firstPool(rig.base),
    does('create', { do: 'create', sizeBytes: 16 * MIB, format: 'qcow2', provisioning: 'thin', content: null }),
  ])
  expect(created?.answers.flatMap(({ error }) => error ?? [])).toEqual([])
  // After the mount of the pool, which it would not see else: it has mounts of its own.
  libvirtd = await startLibvirtd()
  rig.env.HOLDFAST_TEST_LIBVIRT = libvirtd.uri
})
afterAll(async () => {
  await libvirtd.close()
  rig.remove()
  bundle.done()
})

function does(operation: string, work: VolumeWork): PoolAsked & { verb: 'work' } {
  const operationId = testId('operation', operation)
  return { verb: 'work', poolId: testId('pool', 'a'), volumeId: VOLUME, work, operationId }
}

test('an agent that is killed while a machine merges images joins it, and one that is asked to cancels it', {
  tags: 'full',
  timeout: 180_000,
}, async () => {
  const directory = join(rig.base, 'mnt/pool', VOLUME)
  const machine = startMachine(libvirtd, 'merging', { path: join(directory, 'disk.qcow2'), format: 'qcow2' })
  const isMerging = () => libvirtd.virsh('blockjob', machine.uuid, 'vda', '--info', '--raw').trim() !== ''
  for (const name of ['s', 't', 'u']) {
    machine.write(0, 64 * 1024, name.charCodeAt(0))
    machine.write(4 * MIB, 4 * MIB, name.charCodeAt(0))
    const taken = rig.agent([does(`take-${name}`, { do: 'snapshot', snapshotId: snp(name) })])
    expect(taken?.answers[0]?.error).toBeUndefined()
  }
  machine.write(0, 64 * 1024, 'v'.charCodeAt(0))

  const deletion = does('delete', { do: 'deleteSnapshot', snapshotId: snp('s') })
  await rig.killedWhen([deletion], isMerging)
  expect(isMerging()).toBe(true)
  const after = rig.agent([deletion])
  const left = { snapshots: expect.toSatisfy((list: unknown[]) => list.length === 2), usedBy: 'merging' }
  expect(after?.answers).toMatchObject([{ result: { volume: left } }])
  expect(after?.unfinished).toBe(0)

  const host = await openPoolHost(rig.base, imageFilesEngine, {}, slowMachines(libvirtd.uri))
  try {
    const cancelled = does('cancel', { do: 'deleteSnapshot', snapshotId: snp('t') })
    await ask(host, { verb: 'settle' })
    await ask(host, cancelled)
    const { operationId } = cancelled
    await expect.poll(() => host.jobs.find(operationId)?.progress?.total, { timeout: 30_000 }).toBeGreaterThan(0)
    host.jobs.cancel(operationId, 1)
    expect(await ended(host, operationId)).toMatchObject({ state: 'cancelled' })
    expect(isMerging()).toBe(false)
  } finally {
    await host.close()
  }
  machine.write(MIB, 64 * 1024, 'w'.charCodeAt(0))
  const disk = machine.source('now')
  machine.stop()
  const reads = [
    `read -P ${'v'.charCodeAt(0)} 0 64k`,
    `read -P ${'w'.charCodeAt(0)} 1M 64k`,
    `read -P ${'u'.charCodeAt(0)} 4M 4M`,
  ]
  const said = execFileSync('qemu-io', ['-r', '-f', 'qcow2', ...reads.flatMap((read) => ['-c', read]), disk], {
    encoding: 'utf8',
  })
  expect(said).not.toContain('verification failed')
  const again = rig.agent([does('again', { do: 'deleteSnapshot', snapshotId: snp('t') })])
  expect(again?.answers[0]?.error).toBeUndefined()
  expect(again?.volumes).toMatchObject([{ isInUse: false, snapshots: [{ snapshotId: snp('u') }] }])
})
