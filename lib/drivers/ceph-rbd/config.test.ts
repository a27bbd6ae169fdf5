import { describe, expect, it } from 'vitest'
import { keyIn, monitorsOf } from '@/lib/drivers/ceph-rbd/config'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { parseBackendInput } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'

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
    ['[v2:192.0.2.1:3300/0,v1:192.0.2.1:6789/0] [v2:192.0.2.2:3300/0,v1:192.0.2.2:6789/0]', '192.0.2.1,192.0.2.2'],
    ['[v2:192.0.2.1:3300/0,v1:192.0.2.1:6789/0],[v2:192.0.2.2:3300/0]', '192.0.2.1,192.0.2.2:3300'],
    ['mon_host = [v2:[2001:db8::1]:3300/0,v1:[2001:db8::1]:6789/0]', '[2001:db8::1]'],
    ['[v2:192.0.2.1:13300/0,v1:192.0.2.1:16789/0]', '192.0.2.1:13300'],
    ['[v1:192.0.2.1:6789/0]', '192.0.2.1:6789'],
    ['mon host = "192.0.2.1 192.0.2.2"', '192.0.2.1,192.0.2.2'],
    ['[global]\n\tfsid = 9f1b\n\tmon_host = 192.0.2.1,192.0.2.2\n\tmon_initial_members = a', '192.0.2.1,192.0.2.2'],
    ['[global]\nmon host = [v2:192.0.2.1:3300/0,v1:192.0.2.1:6789/0]\n', '192.0.2.1'],
    ['0: 10.0.0.1:6789/0 mon.a\n1: 10.0.0.2:6789/0 mon.b', '10.0.0.1:6789,10.0.0.2:6789'],
    ['10.0.0.1:6789:/', '10.0.0.1:6789'],
    ['10.0.0.1,10.0.0.2:/volumes/a', '10.0.0.1,10.0.0.2'],
    ['mon.a 10.0.0.1:6789', '10.0.0.1:6789'],
    ['v2:192.0.2.1:3300/0', '192.0.2.1:3300'],
    ['192.0.2.1:6789/0, 192.0.2.2:6789/0', '192.0.2.1:6789,192.0.2.2:6789'],
    ['a=192.0.2.1:6789,b=192.0.2.2:6789', '192.0.2.1:6789,192.0.2.2:6789'],
    [
      '0: [v2:192.0.2.1:3300/0,v1:192.0.2.1:6789/0] mon.a\n1: [v2:192.0.2.2:3300/0,v1:192.0.2.2:6789/0] mon.b',
      '192.0.2.1,192.0.2.2',
    ],
    [
      'e3: 2 mons at {a=[v2:192.0.2.1:3300/0,v1:192.0.2.1:6789/0],b=[v1:192.0.2.2:6789/0]}, election epoch 8',
      '192.0.2.1,192.0.2.2:6789',
    ],
  ])('%s is %s', (text, tidy) => {
    expect(parse({ monitors: text }).monitors).toBe(tidy)
    expect(parse({ monitors: tidy }).monitors).toBe(tidy)
    expect(cephRbd.servers?.(parse({ monitors: text }))).toEqual(monitorsOf(tidy).map(({ address }) => address))
  })

  it.each([
    '',
    ' , ',
    '10.0.0.1:0',
    '10.0.0.1:70000',
    '[v3:10.0.0.1:3300]',
    '[v2:10.0.0.1:99999/0]',
    '-k',
    '169.254.169.254',
    'a/b',
  ])('refuses %j', (monitors) => {
    expect(fieldsOf({ monitors })).toEqual(['config.monitors'])
  })

  it.each([
    ['admin:S3cretPw@192.0.2.1', 'Enter only addresses'],
    ['192.0.2.1,admin:S3cretPw,ä@192.0.2.1', 'Enter only addresses'],
    ['192.0.2.1 admin:S3cretPw', 'Monitor 2: '],
    ['S3cretPw=', 'A host name has'],
  ])('refuses %j and does not repeat it', (monitors, reason) => {
    const refused = () => parse({ monitors })
    expect(refused).toThrow(reason)
    expect(refused).not.toThrow('S3')
  })
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
