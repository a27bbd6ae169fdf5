import { expect, test } from 'vitest'
import { roomFor, roomToGrow } from '@/components/volumes/room'

const GIB = 2 ** 30

type Pool = Parameters<typeof roomFor>[0]

function pool(over: Partial<Pool> = {}): Pool {
  return {
    sharing: 'shared',
    hosts: [],
    total_bytes: 100 * GIB,
    available_bytes: 40 * GIB,
    provisioned_bytes: 90 * GIB,
    overcommit_limit: null,
    max_volume_bytes: null,
    ...over,
  }
}

test('a thin volume has no end that is known, unless promises are limited', () => {
  expect(roomFor(pool(), 'thin', null)).toEqual({ bytes: null, by: null })
  expect(roomFor(pool({ overcommit_limit: 1.5 }), 'thin', null)).toEqual({ bytes: 60 * GIB, by: 'overcommit' })
  expect(roomFor(pool({ overcommit_limit: 1.5, total_bytes: null }), 'thin', null).bytes).toBeNull()
})

test('more was promised already than may be: nothing is left, and never less', () => {
  expect(roomFor(pool({ overcommit_limit: 0.5 }), 'thin', null)).toEqual({ bytes: 0, by: 'overcommit' })
})

test('a full one has what is free, and the narrowest of all limits counts', () => {
  expect(roomFor(pool(), 'full', null)).toEqual({ bytes: 40 * GIB, by: 'free' })
  expect(roomFor(pool({ overcommit_limit: 1, max_volume_bytes: 20 * GIB }), 'full', null)).toEqual({
    bytes: 10 * GIB,
    by: 'overcommit',
  })
  expect(roomFor(pool({ max_volume_bytes: 8 * GIB }), 'full', null)).toEqual({ bytes: 8 * GIB, by: 'largest' })
})

test('where each host has its own, what is free there counts, and not the sum', () => {
  const hosts = [
    { host_id: 'hst_1', available_bytes: 5 * GIB },
    { host_id: 'hst_2', available_bytes: 35 * GIB },
  ] as Pool['hosts']
  const own = pool({ sharing: 'own', hosts })
  expect(roomFor(own, 'full', 'hst_1').bytes).toBe(5 * GIB)
  expect(roomFor(own, 'full', null).bytes).toBe(40 * GIB)
})

test('what grows keeps what it has', () => {
  const volume = { size_bytes: 30 * GIB, provisioning: 'full', host_id: null } as const
  expect(roomToGrow(pool(), volume)).toEqual({ bytes: 70 * GIB, by: 'free' })
  expect(roomToGrow(pool({ max_volume_bytes: 32 * GIB }), volume)).toEqual({ bytes: 32 * GIB, by: 'largest' })
  expect(roomToGrow(pool(), { ...volume, provisioning: 'thin' }).bytes).toBeNull()
})
