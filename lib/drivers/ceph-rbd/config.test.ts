import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { keyIn, monitorsOf } from '@/lib/drivers/ceph-rbd/config'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { parseBackendInput } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const KEY = 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMQ=='
const BASE = { monitors: '10.0.0.1', pool: 'rbd', keyring: KEY }

function parse(flat: Record<string, unknown>) {
  return cephRbd.config.parse(parseBackendInput('ceph-rbd', { ...BASE, ...flat }).config)
}

function fieldsOf(flat: Record<string, unknown>): string[] {
  try {
    parse(flat)
    return []
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.fields?.map(({ field }) => field) ?? []
  }
}

describe('monitors', () => {
  it.each([
    ['10.0.0.1:6789', '10.0.0.1:6789'],
    ['10.0.0.1, mon2.example.com:3300;mon3', '10.0.0.1,mon2.example.com:3300,mon3'],
    ['2001:db8::1 [2001:db8::2]:3300', '[2001:db8::1],[2001:db8::2]:3300'],
  ])('%s is %s', (text, tidy) => {
    expect(parse({ monitors: text }).monitors).toBe(tidy)
    expect(parse({ monitors: tidy }).monitors).toBe(tidy)
    expect(cephRbd.servers?.(parse({ monitors: text }))).toEqual(monitorsOf(tidy).map(({ address }) => address))
  })

  it.each(['', ' , ', '10.0.0.1:0', '10.0.0.1:70000', '[v2:10.0.0.1:3300]', '-k', '169.254.169.254', 'a/b'])(
    'refuses %j',
    (monitors) => {
      expect(fieldsOf({ monitors })).toEqual(['config.monitors'])
    },
  )
})

describe('the other fields', () => {
  it.each([
    ['pool', ['', '-p', 'a/b', 'a@b', 'a b', '.mgr', 'x'.repeat(129)]],
    ['namespace', ['-n', 'a/b', 'a\nb']],
    ['user', ['', '-u', 'a b', 'client.-x']],
    ['cluster_id', ['x', '9f1b6d54']],
    ['keyring', ['short', 'AQ== x', `[client.a]\nkey = ${KEY}\n[client.b]\nkey = ${KEY}\n`, '[client.a]\nkey = \n']],
  ])('%s refuses what is not one', (field, values) => {
    for (const value of values) {
      const expected = value === '' && field === 'user' ? [] : [`config.${field}`]
      expect([value, fieldsOf({ [field]: value })]).toEqual([value, expected])
    }
  })

  it('takes names of users with and without "client.", and a key alone or in its file', () => {
    expect(parse({ user: 'client.libvirt' }).user).toBe('libvirt')
    expect(parse({}).user).toBe('admin')
    expect(keyIn(`[client.libvirt]\n\tkey = ${KEY}\n\tcaps mon = "profile rbd"\n`)).toBe(KEY)
    expect(keyIn(` ${KEY}\n`)).toBe(KEY)
  })
})

const PIECES = ['-', '--', '/', '..', ',', ':', '[', ']', '=', ' ', '\n', '\0', '@', '"', '$(id)', ';', 'é', '%', '#']

function hostile(valid: readonly string[]): fc.Arbitrary<string> {
  const spoilt = fc
    .tuple(fc.constantFrom(...valid), fc.constantFrom(...PIECES, ...valid), fc.nat(40))
    .map(([value, piece, at]) => value.slice(0, at) + piece + value.slice(at))
  return fc.oneof(spoilt, fc.constantFrom(...valid), fc.string({ unit: 'binary', maxLength: 40 }))
}

/** What may stand in an argument and in a line of ceph.conf or of a keyring. */
const SAFE: Record<string, RegExp> = {
  monitors: /^(?:(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:,(?!$)|$))+$/,
  pool: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  namespace: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  user: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
}

it.each([
  ['monitors', ['10.0.0.1', 'mon.example.com:3300', '[2001:db8::1]:6789']],
  ['pool', ['rbd', 'vm-pool.1']],
  ['namespace', ['tenant', 'a_b']],
  ['user', ['libvirt', 'client.admin']],
])('%s lets nothing through that means something to a tool or a file', (field, valid) => {
  const count = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(hostile(valid), (value) => {
      try {
        const accepted = parse({ [field]: value })[field as 'pool'] as string | undefined
        if (accepted !== undefined && !SAFE[field]?.test(accepted))
          throw new Error(`Unsafe: ${JSON.stringify(accepted)}`)
        count.accepted++
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        count.refused++
      }
    }),
    { numRuns: 5_000 },
  )
  expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(50)
})

it('takes no key apart into something else than a key', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), hostile([KEY, `key = ${KEY}`])), (text) => {
      const key = keyIn(text)
      if (key !== null && !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) throw new Error(JSON.stringify(key))
    }),
    { numRuns: 5_000 },
  )
})
