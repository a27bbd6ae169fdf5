import { expect, it } from 'vitest'
import { oursIn } from '@/agent/resources/workloads/ours'
import { testId } from '@/testing/ids'

const [SHARED, NESTED, POOL] = [testId('mount', 'shared'), testId('mount', 'nested'), testId('mount', 'pool')]
const VOLUME = testId('volume', 'a')
const MOUNTS = [
  { mountId: SHARED, mountPoint: '/mnt/shared' },
  { mountId: NESTED, mountPoint: '/mnt/shared/inner' },
  { mountId: POOL, mountPoint: '/var/lib/holdfast/pools/a' },
]

it.each([
  ['/mnt/shared', SHARED, null],
  ['/mnt/shared/', SHARED, null],
  ['//mnt//shared/web', SHARED, null],
  ['/mnt/shared/inner/x', NESTED, null],
  ['/mnt/shared-not', null, null],
  ['/mnt', null, null],
  ['/', null, null],
  ['/mnt/shared/../../etc', null, null],
  ['/mnt/shared/./x', null, null],
  [`/var/lib/holdfast/pools/a/${VOLUME}/disk.qcow2`, POOL, VOLUME],
  [`/var/lib/holdfast/pools/a/${VOLUME}`, POOL, null],
  [`/var/lib/holdfast/pools/a/sub/${VOLUME}/disk.qcow2`, POOL, null],
  [`/srv/${VOLUME}/disk.qcow2`, null, null],
  [`/dev/vg0/${VOLUME}`, null, VOLUME],
  [`/dev/mapper/vg--0-${VOLUME}`, null, VOLUME],
  [`/dev/vg0/new_${VOLUME}`, null, null],
  [`rbd/${VOLUME}`, null, VOLUME],
  [`rbd/tenant/${VOLUME}`, null, VOLUME],
  [`${VOLUME}`, null, null],
  [null, null, null],
])('%s is of ours: mount %s, volume %s', (source, mountId, volumeId) => {
  expect(oursIn({ kind: 'disk', source }, MOUNTS)).toEqual({ mountId, volumeId })
})

it('takes a name of Docker for no image of Ceph', () => {
  expect(oursIn({ kind: 'volume', source: `rbd/${VOLUME}` }, MOUNTS).volumeId).toBeNull()
})
