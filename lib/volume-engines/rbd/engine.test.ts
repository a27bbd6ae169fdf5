import { describe } from 'vitest'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { FakeCeph } from '@/testing/volume-engines/fake-ceph'
import { fakeCephRig } from '@/testing/volume-engines/fake-ceph-rig'

const MIB = 1024 ** 2

describe.each([
  ['luminous', '', 'thin'],
  ['mimic', 'tenant', 'thin'],
  ['quincy', '', 'full'],
] as const)(
  'a double of a cluster that lets in clients from %s on, namespace "%s", %s volumes',
  (oldest, namespace, provisioning) => {
    describeEngine({
      what: 'a double',
      engine: rbdEngine,
      descriptor: rbd,
      settings: {},
      volume: { sizeBytes: 4 * MIB, format: 'raw', provisioning },
      openRig: async () => {
        const ceph = new FakeCeph()
        ceph.oldestClient = oldest
        return fakeCephRig(ceph, namespace)
      },
    })
  },
)
