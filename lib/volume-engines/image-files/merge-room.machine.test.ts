import { expect, onTestFinished, test } from 'vitest'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { failureOf, snapshotId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const given = {
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
  volume: { sizeBytes: 8 * 1024 ** 2, format: 'qcow2', provisioning: 'thin' } as const,
  what: 'images in a pool that is nearly full',
}

test('a snapshot that several images go on from stays where copies of it do not fit', async () => {
  const rig = await openImageRig()
  onTestFinished(() => rig.close())
  /** What the storage says is left. */
  const statfs: typeof probe.statfs = async (path) => {
    const answer = await probe.statfs(path)
    return 'availableBytes' in answer ? { ...answer, availableBytes: 1 } : answer
  }
  const { probe } = rig.context().host
  const context = () => {
    const real = rig.context()
    return { ...real, host: { ...real.host, probe: { ...real.host.probe, statfs } } }
  }
  const openRig = async () => ({ ...rig, context })
  const bench = new Workbench({ ...given, openRig }, await openRig())
  await bench.open()
  await bench.create('a')
  await bench.write('a', 0, 'A')
  await bench.snapshot('a', 's')
  await bench.write('a', 1, 'B')
  await bench.snapshot('a', 't')
  await bench.restore('a', 's')

  expect(await failureOf(bench.deleteSnapshot('a', 's'))).toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/^2 images go on from this snapshot.* and 1 B are left/),
  })
  const snapshots = [{ snapshotId: snapshotId('s') }, { snapshotId: snapshotId('t') }]
  expect(await bench.seen('a')).toMatchObject({ problem: null, snapshots })
  // As the refusal says; with one image left nothing is kept twice.
  await bench.deleteSnapshot('a', 't')
  await bench.deleteSnapshot('a', 's')
  expect(await bench.seen('a')).toMatchObject({ problem: null, snapshots: [] })
  expect(await bench.letters('a')).toBe('A...')
})
