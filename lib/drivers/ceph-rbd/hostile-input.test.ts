import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { keyIn } from '@/lib/drivers/ceph-rbd/config'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { parseBackendInput } from '@/lib/drivers/input'
import { ensure, everyInput, hostile, RUNS } from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const KEY = 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMQ=='
const BASE = { monitors: '10.0.0.1', pool: 'rbd', keyring: KEY }

/** What may stand in an argument and in a line of ceph.conf or of a keyring. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const FIELDS = [
  {
    field: 'monitors',
    safe: /^(?:(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:,(?!$)|$))+$/,
    valid: ['10.0.0.1', 'mon.example.com:3300', '[2001:db8::1]:6789', '[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]'],
  },
  { field: 'pool', safe: NAME, valid: ['rbd', 'vm-pool.1'] },
  { field: 'namespace', safe: NAME, valid: ['tenant', 'a_b'] },
  { field: 'user', safe: NAME, valid: ['libvirt', 'client.admin'] },
  {
    field: 'cluster_id',
    safe: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    valid: ['9f1b6d54-0000-4000-8000-000000000001'],
  },
] as const

describe('hostile input', () => {
  it.each(FIELDS)('$field', ({ field, safe, valid }) => {
    everyInput(hostile(valid), field, (value) => {
      const accepted = cephRbd.config.parse(parseBackendInput('ceph-rbd', { ...BASE, [field]: value }).config)[field]
      ensure(accepted === undefined || safe.test(accepted), String(accepted))
    })
  })

  it('a key is nothing else than a key', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), hostile([KEY, `key = ${KEY}`])), (text) => {
        const key = keyIn(text)
        ensure(key === null || /^[A-Za-z0-9+/]+={0,2}$/.test(key), text)
      }),
      { numRuns: RUNS },
    )
  })
})
