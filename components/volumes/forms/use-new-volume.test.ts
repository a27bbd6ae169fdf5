import { expect, test } from 'vitest'
import { bodyOf, type Draft, problemsOf } from '@/components/volumes/forms/use-new-volume'
import { whatHappens } from '@/components/volumes/forms/what-happens'
import type { PoolView } from '@/lib/pools/schema'
import { CreateVolume, type VolumeView } from '@/lib/volumes/schema'

const GIB = 2 ** 30
const EMPTY: Draft = {
  poolId: 'pol_1',
  name: 'web-1',
  mode: 'empty',
  volumeId: '',
  snapshotId: '',
  template: '',
  isShared: false,
  isAdopted: false,
  backendId: '',
  path: '',
  checksum: '',
  size: String(10 * GIB),
  format: null,
  provisioning: null,
  hostId: '',
}
const ITEM = { name: 'images/old.qcow2', host_id: 'hst_1' } as never
const NO_END = { bytes: null, by: null }

test.each<[string, Partial<Draft>, object]>([
  ['an empty one', {}, { name: 'web-1', size_bytes: 10 * GIB }],
  [
    'a full raw one on a host',
    { format: 'raw', provisioning: 'full', hostId: 'hst_1' },
    {
      name: 'web-1',
      size_bytes: 10 * GIB,
      format: 'raw',
      provisioning: 'full',
      host_id: 'hst_1',
    },
  ],
  // A clone has the layout of what it comes from: a format that was chosen before says nothing.
  [
    'a clone',
    { mode: 'clone', volumeId: 'vol_1', snapshotId: 'snp_1', size: '', format: 'raw' },
    {
      name: 'web-1',
      source: { volume_id: 'vol_1', snapshot_id: 'snp_1', mode: 'clone' },
    },
  ],
  [
    'a larger clone',
    { mode: 'clone', volumeId: 'vol_1' },
    { name: 'web-1', source: { volume_id: 'vol_1', mode: 'clone' }, size_bytes: 10 * GIB },
  ],
  [
    'a copy as large as its source',
    { mode: 'copy', volumeId: 'vol_1', size: '', format: 'raw' },
    {
      name: 'web-1',
      source: { volume_id: 'vol_1', mode: 'copy' },
      format: 'raw',
    },
  ],
  [
    'what a template holds',
    { mode: 'template', template: 'debian.qcow2', hostId: 'hst_1', size: '' },
    { name: 'web-1', source: { template: 'debian.qcow2' }, host_id: 'hst_1' },
  ],
  [
    'a share of a template, without a format that was chosen before',
    { mode: 'template', template: 'debian.qcow2', isShared: true, format: 'raw' },
    { name: 'web-1', source: { template: 'debian.qcow2', mode: 'clone' }, size_bytes: 10 * GIB },
  ],
  [
    'what is fetched',
    { mode: 'import', backendId: 'bkd_1', path: ' images/a.qcow2 ', checksum: `sha256:${'0'.repeat(64)}`, size: '' },
    {
      name: 'web-1',
      source: { backend_id: 'bkd_1', path: 'images/a.qcow2', checksum: `sha256:${'0'.repeat(64)}` },
    },
  ],
  [
    'what is taken over',
    { mode: 'foreign', isAdopted: true, size: '', format: 'raw' },
    {
      name: 'web-1',
      source: { foreign: 'images/old.qcow2', mode: 'adopt' },
    },
  ],
])('the API is asked for %s', (_what, change, body) => {
  const made = bodyOf({ ...EMPTY, ...change }, { mode: 'foreign', item: ITEM })
  expect(made).toEqual(body)
  expect(CreateVolume.safeParse(made).success).toBe(true)
})

test('what is missing or too large is said before the API is asked', () => {
  expect(problemsOf(EMPTY, NO_END)).toEqual({})
  expect(problemsOf(EMPTY, { bytes: 9 * GIB, by: 'free' })).toHaveProperty('size_bytes')
  expect(Object.keys(problemsOf({ ...EMPTY, poolId: '', name: ' ', size: '' }, NO_END)).sort()).toEqual([
    'name',
    'pool',
    'size_bytes',
  ])
  expect(problemsOf({ ...EMPTY, size: 'ten' }, NO_END)).toHaveProperty('size_bytes')
  expect(problemsOf({ ...EMPTY, mode: 'template', size: '' }, NO_END)).toEqual({
    'source.template': 'Choose a template.',
  })
  expect(problemsOf({ ...EMPTY, mode: 'clone', size: '' }, { bytes: 0, by: 'free' })).toEqual({
    source: expect.any(String),
  })
})

test('what will happen is said as the form stands', () => {
  const pool = { engine: 'image-files', name: 'vms', mount_path: '/mnt/holdfast/vms' } as PoolView
  const source = {
    name: 'base',
    size_bytes: 4 * GIB,
    snapshots: [{ id: 'snp_1', name: 'golden' }],
  } as unknown as VolumeView
  const state = { draft: EMPTY, pool, source: undefined, format: 'qcow2', provisioning: 'thin' } as const
  expect(whatHappens(state, undefined)).toBe(
    'A qcow2 image of 10.0 GiB is made in vms, below /mnt/holdfast/vms. It takes room when something is written.',
  )
  expect(whatHappens({ ...state, provisioning: 'full' }, undefined)).toContain('takes 10.0 GiB at once')
  expect(whatHappens({ ...state, draft: { ...EMPTY, size: '' } }, undefined)).toBeNull()
  const clone = { ...EMPTY, mode: 'clone', volumeId: 'vol_1', snapshotId: 'snp_1' } as const
  expect(whatHappens({ ...state, source, draft: clone }, undefined)).toContain('base as of golden')
  expect(whatHappens({ ...state, source, draft: clone }, undefined)).toMatch(/It is made 10.0 GiB large\.$/)
  expect(whatHappens({ ...state, draft: clone }, undefined)).toBeNull()
  const template = { ...EMPTY, mode: 'template', template: 'debian.qcow2', size: '' } as const
  expect(whatHappens({ ...state, draft: template }, undefined)).toMatch(
    /^debian.qcow2 is looked into first. .* copied there/,
  )
  const shared = whatHappens({ ...state, draft: { ...template, isShared: true } }, undefined)
  expect(shared).toContain('debian.qcow2 is looked into and copied into a volume of its own')
  const rbd = { ...pool, engine: 'rbd', mount_path: null } as PoolView
  expect(whatHappens({ ...state, pool: rbd }, undefined)).toMatch(/^An RBD image of 10.0 GiB is made in vms\./)
})
