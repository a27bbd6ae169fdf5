import { beforeEach, describe, expect, it } from 'vitest'
import { RememberedPlaces } from '@/agent/host/mounting/place-records'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { bindMount } from '@/testing/agent/mount-host'
import { placesBelow } from '@/testing/agent/places'
import type { DesiredMount } from './mount-documents'
import { MountTable } from './mount-table'

let records: RememberedPlaces
let table: MountTable
let told: readonly string[]

beforeEach(() => {
  records = new RememberedPlaces()
  const open = () => {
    throw new HoldfastError('unsupported', 'Nothing is opened in this test.')
  }
  table = new MountTable(
    open,
    placesBelow('/mnt', records),
    createLog('agent', 'error', () => undefined),
  )
  table.onPlaces = (paths) => {
    told = paths
  }
})

const at = (mountPoint: string, more: Partial<WireMount> = {}) => bindMount('/srv', mountPoint, { mountPoint, ...more })
const desired = (document: WireMount): DesiredMount => ({
  document,
  generation: 1,
  previous: null,
  removing: false,
  note: { appliedHash: null, abandonedBoot: null },
})

it('the order of unmounts at shutdown is told of places that are allowed or ours, and of no other', () => {
  records.write({ path: '/data/ours', origin: 'made', identity: null, mode: null })
  for (const path of ['/mnt/a', '/data/ours', '/boot', '/var']) table.want(desired(at(path)))
  expect(told).toEqual(['/mnt/a', '/data/ours'])
})

describe('a new wish', () => {
  it.each([
    ['/mnt/a', 'mounted', true],
    ['/mnt/a', 'unmounted', true],
    ['/data/ours', 'mounted', false],
    ['/data/ours', 'unmounted', true],
    ['/data/theirs', 'mounted', false],
    ['/data/theirs', 'unmounted', false],
  ] as const)('for %s to be %s: %s', (path, desiredState, isTaken) => {
    records.write({ path: '/data/ours', origin: 'made', identity: null, mode: null })
    const check = expect(() => table.checkAllowed(at(path, { desiredState })))
    if (isTaken) check.not.toThrow()
    else check.toThrow('not allowed')
  })
})
