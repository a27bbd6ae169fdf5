import { expect, onTestFinished, test } from 'vitest'
import type { EngineHost } from '@/lib/volume-engines/contract/engine'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const MIB = 1024 ** 2
const given = {
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
  volume: { sizeBytes: 8 * MIB, format: 'qcow2', provisioning: 'thin' } as const,
  what: 'images that are made larger',
}

test('one program makes an image larger, and its lock keeps it off what others have open', async () => {
  const rig = await openImageRig()
  onTestFinished(() => rig.close())
  const asked: (string | undefined)[] = []
  let beforeRun = async () => undefined
  const context = () => {
    const real = rig.context()
    const run: EngineHost['run'] = async (command, args, options) => {
      if (command === 'qemu-img') {
        asked.push(args[0])
        await beforeRun()
      }
      return real.host.run(command, args, options)
    }
    return { ...real, host: { ...real.host, run } }
  }
  const openRig = async () => ({ ...rig, context })
  const bench = new Workbench({ ...given, openRig }, await openRig())
  await bench.open()
  await bench.create('a')
  asked.length = 0
  await bench.grow('a', 16 * MIB)
  expect(asked).toEqual(['resize'])

  // After every look at this host, as when a machine on another one has it open.
  let release = async () => undefined as unknown
  beforeRun = async () => {
    release = (await rig.hold?.(bench.pool, volumeId('a'))) ?? release
    return undefined
  }
  expect((await failureOf(bench.grow('a', 24 * MIB))).code).toBe('busy')
  await release()
  expect((await bench.seen('a')).sizeBytes).toBe(16 * MIB)
})
