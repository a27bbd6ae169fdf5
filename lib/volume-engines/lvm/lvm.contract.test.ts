import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'

const sizeBytes = 4 * 1024 * 1024

describeEngine({
  what: 'thin',
  engine: lvmHost,
  descriptor: lvm,
  settings: { mode: 'thin' },
  volume: { sizeBytes, format: 'raw', provisioning: 'thin' },
  openRig: async () => new FakeLvmRig('thin'),
})

describeEngine({
  what: 'thick',
  engine: lvmHost,
  descriptor: lvm,
  settings: { mode: 'thick' },
  volume: { sizeBytes, format: 'raw', provisioning: 'full' },
  openRig: async () => new FakeLvmRig('thick'),
})
