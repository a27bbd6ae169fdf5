import { expect, test } from 'vitest'
import { lostHostOf } from '@/components/volumes/reach'
import { PoolHostPhase, type PoolView } from '@/lib/pools/schema'

function pool(phase: PoolHostPhase) {
  return { hosts: [{ host_id: 'hst_1', phase } as PoolView['hosts'][number]] }
}

test('a volume is out of reach where its host cannot use the pool, and not while that is being opened', () => {
  const lost = PoolHostPhase.options.filter((phase) => lostHostOf({ host_id: 'hst_1' }, pool(phase)) !== null)
  expect(lost).toEqual(['ERROR', 'UNKNOWN', 'CLOSING'])
})

test('nothing is said of a volume without a host, of another host, or before the pool is known', () => {
  expect(lostHostOf({ host_id: null }, pool('ERROR'))).toBeNull()
  expect(lostHostOf({ host_id: 'hst_2' }, pool('ERROR'))).toBeNull()
  expect(lostHostOf({ host_id: 'hst_1' }, undefined)).toBeNull()
})
