import { describe, expect, it } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import type { WorkProgram } from '@/lib/volume-engines/contract/engine'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'
import { failureOf, snapshotId, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { FakeCeph } from '@/testing/volume-engines/fake-ceph'
import { FAKE_KEY, type FakeRig, fakeCephRig } from '@/testing/volume-engines/fake-ceph-rig'
import { NO_MACHINES, runningDisk, runningMachines } from '@/testing/volume-engines/no-machines'
import { Rehearsal } from '@/testing/volume-engines/rehearsal'

const MIB = 1024 ** 2
const A = volumeId('a')

async function opened(namespace = '', oldest = 'mimic', machines = NO_MACHINES) {
  const ceph = new FakeCeph()
  ceph.oldestClient = oldest
  const rig: FakeRig = fakeCephRig(ceph, namespace, machines)
  const bench = new Workbench(
    {
      what: 'rules',
      engine: rbdEngine,
      descriptor: rbd,
      settings: {},
      volume: { sizeBytes: 4 * MIB, format: 'raw', provisioning: 'thin' },
      openRig: async () => rig,
    },
    rig,
  )
  await bench.open()
  return { ceph, rig, bench }
}

function lines({ calls }: FakeCeph): string[] {
  return calls.map((call) => call.join(' ').replace(/--conf \S+ --name client\.holdfast /, ''))
}

it('a machine that runs on an image sees at once that it grew', async () => {
  const machines = runningMachines([runningDisk(`rbd/${A}`), runningDisk(`rbd/tenant/${A}`, 'vdc')])
  const { bench } = await opened('tenant', 'mimic', machines)
  await bench.create('a')
  await bench.grow('a', 8 * MIB)
  expect(machines.resized).toEqual([{ target: 'vdc', sizeBytes: 8 * MIB }])
})

describe('the key', () => {
  it('is in files that are gone afterwards, in no argument and in no word to people', async () => {
    const { ceph, rig, bench } = await opened('tenant')
    await bench.create('a', { provisioning: 'full' })
    await bench.snapshot('a', 's')
    await bench.copy('b', { volumeId: A, snapshotId: snapshotId('s') })
    await bench.restore('a', 's')
    await bench.look()
    expect(JSON.stringify([ceph.calls, rig.told, rig.programs])).not.toContain(FAKE_KEY)
    expect(rig.host.secretFiles.size).toBe(0)
    expect(rig.programs.map(({ command, args }) => [command, args.includes('--')])).toEqual([
      ['qemu-img', true],
      ['qemu-img', true],
      ['rbd', false],
    ])
  })
})

describe('clones', () => {
  it('need no protected snapshot where all clients know version 2', async () => {
    const { ceph, bench } = await opened()
    await bench.create('a')
    await bench.clone('b', 'a')
    const asked = lines(ceph).join('\n')
    expect(asked).toContain('clone --rbd-default-clone-format 2')
    expect(asked).not.toContain('snap protect')
  })

  it('are of version 1 elsewhere, with the snapshot protected, and it is said from which client on they are not', async () => {
    const { ceph, rig, bench } = await opened('', 'luminous')
    await bench.create('a')
    await bench.snapshot('a', 's')
    await bench.clone('b', 'a', 's')
    expect(lines(ceph).join('\n')).toContain('clone --rbd-default-clone-format 1')
    expect(rig.told.join()).toMatch(/from luminous on.*set-require-min-compat-client mimic/)
    expect(await failureOf(bench.deleteSnapshot('a', 's'))).toMatchObject({ code: 'in_use' })
    await bench.flatten('b')
    await bench.deleteSnapshot('a', 's')
    expect((await bench.seen('a')).snapshots).toEqual([])
  })

  it('of a living volume leave no snapshot behind when they go', async () => {
    const { bench } = await opened()
    await bench.create('a')
    const before = await bench.rig.inventory()
    await bench.clone('b', 'a')
    expect((await bench.seen('a')).snapshots).toEqual([])
    await bench.trash('b')
    expect(await failureOf(bench.trash('a'))).toMatchObject({
      code: 'in_use',
      details: { children: [volumeId('b')] },
    })
    await bench.purge('b')
    expect(await bench.rig.inventory()).toEqual(before)
  })
})

describe('the trash', () => {
  it('keeps a volume from the schedules of others, and gives it up to us before', async () => {
    const { ceph, bench } = await opened()
    await bench.create('a')
    await bench.trash('a')
    const [moved = ''] = lines(ceph).filter((line) => line.includes('trash mv'))
    const expiresAt = Date.parse(/--expires-at (\S+)/.exec(moved)?.[1] ?? '')
    expect(expiresAt).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000)
    expect(expiresAt).toBeLessThan(Date.parse('2106-01-01'))
    await bench.purge('a')
    expect(await bench.find('a')).toBeNull()
  })

  it('is not asked to take what somebody has open, which the tool would do', async () => {
    const { ceph, bench } = await opened()
    await bench.create('a')
    const close = ceph.images.open('', A)
    for (const act of [
      () => bench.trash('a'),
      () => bench.restore('a', 's'),
      () => bench.copy('b', { volumeId: A, snapshotId: null }),
      () => bench.clone('b', 'a'),
    ]) {
      expect(['busy', 'not_found']).toContain((await failureOf(act())).code)
    }
    expect(lines(ceph).filter((line) => /trash mv|rollback|rbd clone/.test(line))).toEqual([])
    close()
    await bench.trash('a')
  })
})

describe('an image that is called like a volume of ours', () => {
  it('and says otherwise is told of and left alone', async () => {
    const { ceph, bench } = await opened()
    ceph.images.import('', A, new Uint8Array(4096))
    expect((await bench.seen('a')).problem).toMatchObject({ problem: 'rbd.image_unlike_ours' })
    const before = await bench.rig.inventory()
    for (const act of [() => bench.grow('a', 8 * MIB), () => bench.trash('a'), () => bench.snapshot('a', 's')]) {
      expect(await failureOf(act())).toMatchObject({ code: 'conflict' })
    }
    expect(await bench.rig.inventory()).toEqual(before)
  })
})

describe('capacity', () => {
  it('is what the cluster counts of the pool', async () => {
    const { ceph, bench } = await opened()
    await bench.create('a')
    await bench.write('a', 0, 'A')
    expect((await bench.look()).capacity).toEqual({
      usedBytes: 4096,
      availableBytes: ceph.availableBytes,
      totalBytes: 4096 + ceph.availableBytes,
      fileCount: null,
    })
  })

  it('of a namespace is what its images take, and unknown where that cannot be told; so is what volumes take', async () => {
    const { ceph, rig, bench } = await opened('tenant')
    await bench.create('a')
    await bench.write('a', 0, 'A')
    ceph.images.import('', 'elsewhere', new Uint8Array(4096).fill(1))
    expect((await bench.look()).capacity).toMatchObject({ usedBytes: 4096 })
    const refusal = { exitCode: 1, stdout: '', stderr: 'rbd: du failed: (1) Operation not permitted\n' }
    ceph.failures.set('du', refusal)
    const { capacity, volumes } = await bench.look()
    expect(capacity).toMatchObject({ usedBytes: null, totalBytes: null, availableBytes: ceph.availableBytes })
    expect(volumes).toMatchObject([{ volumeId: A, allocatedBytes: null, sizeBytes: 4 * MIB }])
    expect(rig.told.join()).toContain('could not be read')
  })
})

it('knows all else when what the images take is not told in time', async () => {
  const { ceph, rig, bench } = await opened()
  await bench.create('a')
  await bench.trash('a')
  await bench.create('b')
  const { host, ...context } = rig.context()
  let leftMs = 20_000
  const run: typeof host.run = async (command, args, options = {}) => {
    // Images of others without fast-diff: counting goes on until it is given up.
    if (args.includes('du')) leftMs -= Math.min(leftMs, options.timeoutMs ?? leftMs)
    if (args.includes('du') || leftMs === 0) throw new HoldfastError('timed_out', `${command} did not finish in time`)
    return await host.run(command, args, options)
  }
  const { capacity, volumes } = await rbdEngine.look(bench.pool, true, { ...context, host: { ...host, run } })
  expect(capacity).toMatchObject({ usedBytes: 0, availableBytes: ceph.availableBytes })
  expect(volumes.map(({ volumeId, isTrashed, allocatedBytes }) => [volumeId, isTrashed, allocatedBytes])).toEqual([
    [volumeId('b'), false, null],
    [A, true, null],
  ])
})

it('asks each image for who has it open only while they are few', async () => {
  const { ceph, bench } = await opened()
  for (let index = 0; index < 17; index++) await bench.create(`v${index}`)
  ceph.images.open('', volumeId('v3'))
  ceph.calls.splice(0)
  const { volumes } = await bench.look()
  expect(volumes.filter(({ isInUse }) => isInUse).map((one) => one.volumeId)).toEqual([volumeId('v3')])
  expect(lines(ceph)).toHaveLength(4)
})

it.each([
  ['a pool that is gone', "rbd: error opening pool 'rbd': (2) No such file or directory", 'ceph.no_pool'],
  ['a namespace that is gone', "rbd: namespace 'tenant' does not exist.", 'ceph.no_namespace'],
  ['a key that was changed', "handle_auth_bad_method\nrbd: couldn't connect to the cluster!", 'ceph.wrong_key'],
])('does not take %s for a volume that is not there', async (_name, said, problem) => {
  const { ceph, bench } = await opened()
  await bench.create('a')
  ceph.failures.set('info', { exitCode: 2, stdout: '', stderr: `${said}\n` })
  expect(await failureOf(bench.find('a'))).toMatchObject({ details: { problem } })
})

it('reads an image from outside in confinement, with the network and the files that lead to the cluster', async () => {
  const { bench } = await opened()
  const content = { format: 'qcow2', location: '/mnt/x/disk.qcow2', sizeBytes: MIB, confined: { readable: ['/mnt/x'] } }
  const volume = { volumeId: A, sizeBytes: 4 * MIB, format: 'raw', provisioning: 'thin' } as const
  const programs: { program: WorkProgram; directory: string }[] = []
  const rehearsal = new Rehearsal({
    context: () => bench.rig.context(),
    runProgram: async (program, directory) => void programs.push({ program, directory }),
  })
  await rehearsal.begin((turn) => rbdEngine.create(bench.pool, volume, content, turn)).finally(() => rehearsal.close())
  const [{ program, directory }] = programs as [(typeof programs)[0]]
  expect(program.confined).toEqual({ readable: ['/mnt/x', `${directory}/ceph.conf`], network: true })
  expect(program.args).toEqual(expect.arrayContaining(['-f', 'qcow2', '/mnt/x/disk.qcow2']))
})

it('says what to install where QEMU does not speak to Ceph, and leaves nothing behind', async () => {
  const { ceph, bench } = await opened()
  const before = await bench.rig.inventory()
  const stderr = `qemu-img: Could not open 'rbd:rbd/${A}': Unknown protocol 'rbd'\n`
  ceph.failures.set('qemu-img', { exitCode: 1, stdout: '', stderr })
  expect(await failureOf(bench.create('a', { provisioning: 'full' }))).toMatchObject({
    code: 'tool_missing',
    details: { problem: 'rbd.qemu_without_rbd' },
  })
  expect(await bench.rig.inventory()).toEqual(before)
  await bench.create('a')
})
