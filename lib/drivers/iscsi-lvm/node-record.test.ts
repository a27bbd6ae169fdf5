import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { type Chap, renderDiscoveryRecord, renderNodeRecord } from '@/lib/drivers/iscsi-lvm/node-record'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

const RECORD = `# BEGIN RECORD 2.1.8
node.name = iqn.2026-01.com.lab:t1
node.startup = automatic
iface.iscsi_ifacename = holdfast
node.session.initial_login_retry_max = 8
node.session.auth.authmethod = CHAP
node.session.auth.username = of-iscsid.conf
node.session.auth.password = of-iscsid.conf
node.session.auth.password_in = of-iscsid.conf
node.session.auth.chap_algs = MD5
node.conn[0].address = 10.77.0.1
# END RECORD
`

/** The second reader: as open-iscsi takes a record apart, the last line on a subject wins. */
function read(record: string): Record<string, string> {
  const lines = record.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]))
}

const MUTUAL: Chap = {
  user: 'initiator',
  password: new Secret('not-a-real-chap'),
  mutual: { user: 'target', password: new Secret('not-a-real-mutual') },
}

describe('a node record', () => {
  it('has our CHAP and keeps the rest', () => {
    expect(read(reveal(renderNodeRecord(RECORD, MUTUAL)))).toEqual({
      'node.name': 'iqn.2026-01.com.lab:t1',
      'iface.iscsi_ifacename': 'holdfast',
      'node.session.auth.chap_algs': 'MD5',
      'node.conn[0].address': '10.77.0.1',
      'node.startup': 'manual',
      'node.conn[0].startup': 'manual',
      'node.leading_login': 'No',
      'node.session.initial_login_retry_max': '0',
      'node.session.auth.authmethod': 'CHAP',
      'node.session.auth.username': 'initiator',
      'node.session.auth.password': 'not-a-real-chap',
      'node.session.auth.username_in': 'target',
      'node.session.auth.password_in': 'not-a-real-mutual',
    })
  })

  it('has no CHAP of the host when the backend has none', () => {
    const record = reveal(renderNodeRecord(RECORD, null))
    expect(read(record)['node.session.auth.authmethod']).toBe('None')
    expect(record).not.toContain('of-iscsid.conf')
  })

  it.each(['', '# BEGIN RECORD\nnode.name = x\n', 'iscsiadm: error'])('is not made from %j', (text) => {
    expect(() => renderNodeRecord(text, null)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

it('puts CHAP into a discovery record, and takes its retries away', () => {
  const record = RECORD.replaceAll('node.session.auth', 'discovery.sendtargets.auth')
  expect(read(reveal(renderDiscoveryRecord(record, { ...MUTUAL, mutual: null })))).toMatchObject({
    'discovery.sendtargets.reopen_max': '0',
    'discovery.sendtargets.auth.authmethod': 'CHAP',
    'discovery.sendtargets.auth.username': 'initiator',
    'discovery.sendtargets.auth.password': 'not-a-real-chap',
  })
})

it('never gets another line than ours, whatever is typed in', () => {
  const expected = Object.keys(read(reveal(renderNodeRecord(RECORD, { ...MUTUAL, mutual: null })))).sort()
  const count = { accepted: 0, refused: 0 }
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 8, maxLength: 20 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 20 }),
    fc.constantFrom('a\nnode.startup = automatic', 'secret # comment', 'long-enough\r', '= = = = =', 'p@ss=w0rd;#!'),
  )
  fc.assert(
    fc.property(fc.oneof(fc.constant('initiator'), text), text, (user, password) => {
      try {
        const flat = { portal: 'san', target: 'iqn.2026-01.com.lab:t1', chap_enabled: true }
        const { config, secrets } = parseBackendInput('iscsi-lvm', {
          ...flat,
          chap_user: user,
          chap_password: password,
        })
        const chap = { user: String(config.chap_user), password: new Secret(secrets.chap_password ?? ''), mutual: null }
        const settings = reveal(renderNodeRecord(RECORD, chap))
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
        const keys = settings.map((line) => line.slice(0, line.indexOf(' = ')))
        if (keys.sort().join() !== expected.join()) throw new Error(JSON.stringify([user, password]))
        if (!settings.includes(`node.session.auth.password = ${password}`)) throw new Error(JSON.stringify(password))
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
