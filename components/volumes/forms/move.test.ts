import { expect, it } from 'vitest'
import { moveBody, needsHost, shapeAfter, whatMoves } from '@/components/volumes/forms/move'

const GIB = 1024 ** 3
const volume = { name: 'disk', format: 'qcow2', provisioning: 'thin', size_bytes: GIB, pool_name: 'slow' } as const
const files = {
  name: 'fast',
  can: { formats: ['qcow2', 'raw'], provisionings: ['thin', 'full'], refuses: {} },
} as const
const thick = { name: 'san', can: { formats: ['raw'], provisionings: ['full'], refuses: {} } } as const
const DRAFT = { poolId: 'pol_1', name: 'disk', format: null, provisioning: null, hostId: '', dropsSnapshots: false }
const mutable = <T>(value: T) => structuredClone(value) as never

it('keeps its shape where the pool has that, and says what becomes of it', () => {
  expect(shapeAfter(volume, mutable(files), DRAFT)).toEqual({ format: 'qcow2', provisioning: 'thin' })
  expect(shapeAfter(volume, mutable(thick), DRAFT)).toEqual({ format: 'raw', provisioning: 'full' })
  expect(shapeAfter(volume, mutable(files), { ...DRAFT, format: 'raw' })).toMatchObject({ format: 'raw' })
  expect(whatMoves(volume, mutable(files), DRAFT)).not.toContain('from qcow2')
  expect(whatMoves(volume, mutable(thick), DRAFT)).toContain('from qcow2 to raw')
  expect(whatMoves(volume, mutable(thick), DRAFT)).toContain('takes 1.00 GiB there at once')
})

it('sends what differs alone', () => {
  expect(moveBody(DRAFT, volume)).toEqual({ pool_id: 'pol_1' })
  expect(moveBody({ ...DRAFT, name: 'new ', format: 'raw', hostId: 'hst_1', dropsSnapshots: true }, volume)).toEqual({
    pool_id: 'pol_1',
    name: 'new',
    format: 'raw',
    host_id: 'hst_1',
    drop_snapshots: true,
  })
})

it('asks for the host where the new pool has content of its own on each', () => {
  const own = { sharing: 'own', hosts: [{}, {}] } as never
  expect(needsHost({ sharing: 'shared' }, own)).toBe(true)
  expect(needsHost({ sharing: 'own' }, own)).toBe(false)
  expect(needsHost({ sharing: 'own' }, { sharing: 'shared', hosts: [] })).toBe(false)
})
