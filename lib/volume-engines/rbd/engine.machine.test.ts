import { afterAll, beforeAll, describe, vi } from 'vitest'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
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
