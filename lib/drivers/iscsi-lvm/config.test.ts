import { describe, expect, it } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { portalOf } from '@/lib/drivers/iscsi-lvm/config'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { HoldfastError } from '@/lib/errors'

const BASE = { portal: 'san.example.com', target: 'iqn.2023-01.com.example:storage' }

function parse(flat: Record<string, unknown>) {
  return iscsiLvm.config.parse(parseBackendInput('iscsi-lvm', { ...BASE, ...flat }).config)
}

/** What is wrong, or has to be said before it can be used. */
function fieldsOf(flat: Record<string, unknown>): string[] {
  try {
    return (iscsiLvm.missing?.(parse(flat)) ?? []).map(({ field }) => `config.${field}`)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.fields?.map(({ field }) => field) ?? []
  }
}

describe('portal', () => {
  it.each([
    ['192.168.1.50', '192.168.1.50:3260', '192.168.1.50', 3260],
    ['192.168.1.50:860', '192.168.1.50:860', '192.168.1.50', 860],
    ['san.example.com', 'san.example.com:3260', 'san.example.com', 3260],
    ['[2001:db8::5]:3261', '[2001:db8::5]:3261', '2001:db8::5', 3261],
    ['2001:db8::5', '[2001:db8::5]:3260', '2001:db8::5', 3260],
    ['192.168.1.50:3260,1', '192.168.1.50:3260', '192.168.1.50', 3260],
    [' san_1.example.com ', 'san_1.example.com:3260', 'san_1.example.com', 3260],
  ])('%s is %s', (text, tidy, address, port) => {
    expect(parse({ portal: text }).portal).toBe(tidy)
    expect(portalOf(tidy)).toEqual({ address, port })
    expect(iscsiLvm.servers?.(parse({ portal: text }))).toEqual([address])
  })

  it.each(['', 'san:', 'san:0', 'san:70000', 'san:3260,x', '-T:3260', '169.254.169.254', '[san]:3260', 'a b'])(
    'refuses %j',
    (portal) => {
      expect(fieldsOf({ portal })).toEqual(['config.portal'])
    },
  )
})

describe('an older API, which has the address as the target', () => {
  const read = (flat: Record<string, unknown>) => parseBackendInput('iscsi', flat).config

  it.each([
    [{ target: 'san.local', port: 3260, chap_enabled: false }, 'san.local:3260', undefined],
    [{ target: 'san.local' }, 'san.local:3260', undefined],
    [{ target: 'san.local:3400' }, 'san.local:3400', undefined],
    [{ target: 'san.local:3400', port: 3400 }, 'san.local:3400', undefined],
    [{ target: 'iscsi://san.local', port: 3261 }, 'san.local:3261', undefined],
    [
      { portal: 'iscsi://san.local/iqn.2023-01.com.example:a/1', port: 3261 },
      'san.local:3261',
      'iqn.2023-01.com.example:a',
    ],
    [{ target: 'san.local', port: null }, 'san.local:3260', undefined],
    [{ target: 'iscsi://san.local:3261' }, 'san.local:3261', undefined],
    [
      { target: '192.0.2.5:3260,1 iqn.2023-01.com.example:a', port: 3260 },
      '192.0.2.5:3260',
      'iqn.2023-01.com.example:a',
    ],
    [{ target: '192.0.2.5', port: 3261 }, '192.0.2.5:3261', undefined],
    [{ target: '2001:db8::5', port: 3261 }, '[2001:db8::5]:3261', undefined],
    [{ target: 'iqn.2023-01.com.example:a', port: 3260 }, undefined, 'iqn.2023-01.com.example:a'],
    [
      { target: 'iqn.2023-01.com.example:a', portal: 'san.local', port: 3261 },
      'san.local:3261',
      'iqn.2023-01.com.example:a',
    ],
    [
      { target: 'iqn.2023-01.com.example:a', portal: 'san.local:3262', port: 3262 },
      'san.local:3262',
      'iqn.2023-01.com.example:a',
    ],
  ])('%o', (flat, portal, target) => {
    const config = read(flat)
    expect([config.portal, config.target]).toEqual([portal, target])
  })

  it('says what is missing before it can be used', () => {
    const missing = (flat: Record<string, unknown>) =>
      iscsiLvm.missing?.(iscsiLvm.config.parse(read(flat))).map(({ field }) => field)
    expect(missing({ target: 'san.local', port: 3260, chap_enabled: true })).toEqual(['target', 'chap_user'])
    expect(missing({ target: 'iqn.2023-01.com.example:a', port: 3260 })).toEqual(['portal'])
    expect(missing(BASE)).toEqual([])
  })

  it.each([
    [{ target: 'san.local', port: 0 }, 'A port is'],
    [{ target: '192.0.2.5:3400', port: 3263 }, 'config.target: This also says Portal "192.0.2.5:3400", and "port"'],
    [
      { target: 'iscsi://san.local:3400', port: 3263 },
      'config.port: This also says Portal "san.local:3263", and "target"',
    ],
    [{ target: '192.0.2.5:3400,1 iqn.2023-01.com.example:a', port: 3263 }, 'config.port: This also says Portal'],
    [
      { portal: 'iscsi://san.local:3400/iqn.2023-01.com.example:a/1', port: 3263 },
      'config.port: This also says Portal',
    ],
    [{ target: 'san.local', port: 'x' }, 'Enter only a host name'],
    [{ target: 'storage', portal: 'san.local' }, 'A target name looks like'],
    [
      { portal: 'san.local:3261', port: 3260, target: 'iqn.2023-01.com.example:a' },
      'config.port: This also says Portal',
    ],
  ])('%o is refused', (flat, message) => {
    expect(() => read(flat)).toThrow(message)
  })
})

describe('the other fields', () => {
  it.each([
    [
      'target',
      ['IQN.2023-01.com.Example:x', 'eui.02004567a425678d', 'naa.52004567ba64678d', 'iqn.2001-04.com.example'],
    ],
    ['volume_group', ['vg_san', 'VG+1.a-b']],
    ['wwid', ['naa.600140509a28b264b8b424db7767ad46', 'eui.0025385b71b0c1d2', 't10.ATA Disk 1']],
  ])('%s accepts what there is', (field, values) => {
    for (const value of values) expect(fieldsOf({ [field]: value })).toEqual([])
  })

  it.each([
    [
      'target',
      [
        '',
        'storage',
        'iqn.2023-01',
        'iqn.2023-01.com/../x',
        '--login',
        'iqn.2023-01.com.example:a b',
        'iqn.2023-01.com.example:..%2f\n',
      ],
    ],
    ['volume_group', ['-f', '.', '..', 'a/b', 'a b', 'a@tag', 'x'.repeat(61)]],
    ['wwid', ['naa.xyz', '../sda', 'naa.6001405/../x']],
    ['lun', [-1, 1.5, 16_384, 'x']],
  ])('%s refuses what is not one', (field, values) => {
    for (const value of values) expect([value, fieldsOf({ [field]: value })]).toEqual([value, [`config.${field}`]])
  })

  it('shows what a name looks like where a month has one digit', () => {
    expect(() => parse({ target: 'iqn.2015-1.com.example:a' })).toThrow('looks like iqn.2023-01.com.example:storage')
  })

  it('wants names with CHAP, CHAP with mutual CHAP, and CHAP for the list of targets', () => {
    expect(fieldsOf({ chap_enabled: true })).toEqual(['config.chap_user'])
    expect(fieldsOf({ mutual_chap_enabled: true, mutual_chap_user: 'x' })).toEqual(['config.mutual_chap_enabled'])
    expect(fieldsOf({ chap_enabled: true, chap_user: 'a', mutual_chap_enabled: true })).toEqual([
      'config.mutual_chap_user',
    ])
    expect(fieldsOf({ discovery_chap: 'same' })).toEqual(['config.discovery_chap'])
  })

  it('takes the names of the LimiQuantix protocol', () => {
    const { config, secrets } = parseBackendInput('iscsi-lvm', {
      portal: '192.168.1.50:3260',
      target: 'iqn.2023-01.com.storage:ssd-pool',
      chap_enabled: true,
      chap_user: 'host',
      chap_password: 'not-a-real-secret',
      lun: 3,
      volume_group: 'vg_iscsi',
    })
    expect(config).toMatchObject({ lun: 3, volume_group: 'vg_iscsi', provisioning: 'thin' })
    expect(secrets).toEqual({ chap_password: 'not-a-real-secret' })
  })
})
