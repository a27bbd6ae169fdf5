import { expect, test } from 'vitest'
import { poolEngine } from '@/lib/pools/engine'
import { refusalsOf, type VolumeFacts } from '@/lib/volumes/refusals'

/** A volume that something has open; only what the refusals look at. */
function facts(usedBy: string | null, provisioning: 'thin' | 'full' = 'thin'): VolumeFacts {
  const volume = {
    phase: 'ready',
    format: 'qcow2',
    provisioning,
    isInUse: true,
    usedBy,
    parentVolumeId: 'vol_base',
    baseKey: null,
    host: { name: 'web', revokedAt: null },
    pool: { name: 'disks', deletedAt: null },
  }
  return { volume: volume as unknown as VolumeFacts['volume'], children: [], work: undefined }
}

const engine = poolEngine('nfs', {})
const refused = (given: VolumeFacts) => Object.keys(refusalsOf(given, engine)).sort()
const ALWAYS = ['clone', 'copy', 'export', 'move', 'purge', 'restore', 'trash', 'untrash']

test('a machine that libvirt knows does itself what it can, and all else names it', () => {
  expect(refused(facts('web-1'))).toEqual(ALWAYS)
  expect(refusalsOf(facts('web-1'), engine).restore).toBe("Machine 'web-1' on host 'web' has it open; stop that first.")
})

test('what nobody knows who has it open is touched by nothing', () => {
  expect(refused(facts(null))).toEqual([...ALWAYS, 'delete_snapshot', 'flatten', 'resize', 'snapshot'].sort())
})
