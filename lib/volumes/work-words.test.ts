import { expect, test } from 'vitest'
import { workWords } from '@/lib/volumes/work-words'

const GIB = 1024 ** 3
const SHAPE = { format: 'qcow2', provisioning: 'thin' } as const
const OF = { volumeId: 'vol_a', snapshotId: null }

test.each([
  [{ do: 'create', sizeBytes: 20 * GIB, ...SHAPE, content: null }, null, 'Create disk1 with 20 GiB'],
  [
    { do: 'create', sizeBytes: null, ...SHAPE, content: { from: 'foreign', poolId: 'pol_a', name: 'old.qcow2' } },
    'old.qcow2',
    'Copy old.qcow2 to disk1',
  ],
  [{ do: 'clone', of: OF }, 'web-1@before', 'Clone web-1@before as disk1'],
  [{ do: 'grow', sizeBytes: 20 * GIB }, null, 'Grow disk1 to 20 GiB'],
  [{ do: 'snapshot', snapshotId: 'snp_a' }, 'before', 'Take snapshot before of disk1'],
  [{ do: 'restore', snapshotId: 'snp_a' }, 'before', 'Take disk1 back to snapshot before'],
  [
    { do: 'move', from: { poolId: 'pol_a', volumeId: 'vol_a' }, sizeBytes: GIB, ...SHAPE },
    'fast to slow',
    'Move disk1 from fast to slow',
  ],
] as const)('%o is said with its names', (work, about, summary) => {
  expect(workWords(work, 'disk1', about).summary).toBe(summary)
})
