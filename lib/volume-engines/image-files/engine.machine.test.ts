import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const sizeBytes = 8 * 1024 ** 2
const given = {
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
  openRig: () => openImageRig(),
}

describeEngine({
  ...given,
  what: 'qcow2',
  volume: { sizeBytes, format: 'qcow2', provisioning: 'thin' },
  everyRun: 'cut off',
})
describeEngine({
  ...given,
  what: 'raw, all of it taken',
  volume: { sizeBytes, format: 'raw', provisioning: 'full' },
  everyRun: 'no interruptions',
})
