import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'
import { hasCeph, type RealCeph, startCeph } from '@/testing/volume-engines/real-ceph'
import { realCephRig } from '@/testing/volume-engines/real-ceph-rig'

const MIB = 1024 ** 2
// Each question is a program of its own, and the interruptions ask a thousand.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })

/** A quarter of an hour; where the programs of Ceph are not installed, the lab tries a real cluster alone. */
describe.runIf(hasCeph())('a real cluster', { tags: ['full'] }, () => {
  let ceph: RealCeph
  beforeAll(async () => {
    ceph = await startCeph()
  })
  afterAll(async () => await ceph.close())

  it('takes a copy of image files in their confinement, and gives one back', async () => {
    const cluster = await realCephRig(ceph)
    const files = await openImageRig()
    const images = {
      what: '',
      descriptor: imageFiles,
      settings: { default_format: 'qcow2' as const, templates_path: 'templates' },
    }
    const volume = { sizeBytes: 8 * MIB, format: 'qcow2', provisioning: 'thin' } as const
    const disks = new Workbench({ ...images, engine: imageFilesEngine, volume, openRig: openImageRig }, files)
    const far = new Workbench(
      {
        what: '',
        engine: rbdEngine,
        descriptor: rbd,
        settings: {},
        volume: { ...volume, format: 'raw' },
        openRig: () => realCephRig(ceph),
      },
      cluster,
    )
    await Promise.all([disks.open(), far.open()])
    await disks.create('a')
    await disks.write('a', 0, 'A')
    await disks.clone('b', 'a')
    await disks.write('b', 2, 'B')
    const content = await disks.engine.source(
      disks.pool,
      { volumeId: volumeId('b'), snapshotId: null },
      files.context(),
    )
    const there = { ...volume, format: 'raw', volumeId: volumeId('c') } as const
    await far.turn((turn) => rbdEngine.create(far.pool, there, content, turn))
    expect(await far.letters('c')).toBe('A.B.')
    const back = await rbdEngine.source(far.pool, { volumeId: volumeId('c'), snapshotId: null }, cluster.context())
    const here = { ...volume, volumeId: volumeId('d') }
    await disks.turn((turn) => imageFilesEngine.create(disks.pool, here, back, turn))
    expect(await disks.letters('d')).toBe('A.B.')
    await far.trash('c')
    await far.purge('c')
    await Promise.all([cluster.close(), files.close()])
  })

  describe.each(['luminous', 'mimic'])('that lets in clients from %s on', (oldest) => {
    beforeAll(() => ceph.requireClients(oldest))
    describeEngine({
      what: 'a real cluster',
      engine: rbdEngine,
      descriptor: rbd,
      settings: {},
      volume: { sizeBytes: 8 * MIB, format: 'raw', provisioning: oldest === 'mimic' ? 'full' : 'thin' },
      openRig: () => realCephRig(ceph),
    })
  })
})
