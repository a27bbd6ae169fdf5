import { describe, expect, it } from 'vitest'
import { parseSendTargets } from '@/lib/drivers/iscsi-lvm/parse-send-targets'
import { distributions, recordings } from '@/testing/drivers/fixtures'

describe('parseSendTargets', () => {
  it.each([
    [
      'an address',
      '10.0.0.5:3260,1 iqn.2026-01.com.lab:t1\n',
      { target: 'iqn.2026-01.com.lab:t1', address: '10.0.0.5', port: 3260, group: 1 },
    ],
    [
      'IPv6',
      '[fd00::5]:3260,1 iqn.2026-01.com.lab:t1\n',
      { target: 'iqn.2026-01.com.lab:t1', address: 'fd00::5', port: 3260, group: 1 },
    ],
    [
      'a name and an unknown group',
      'san.example.com:860,-1 eui.02004567a425678d\n',
      { target: 'eui.02004567a425678d', address: 'san.example.com', port: 860, group: -1 },
    ],
  ])('reads %s', (_name, stdout, expected) => {
    expect(parseSendTargets(stdout)).toEqual([expected])
  })

  it('reads nothing as no targets', () => {
    expect(parseSendTargets('')).toEqual([])
  })

  it.each([
    ['cut off', '10.0.0.5:3260,1 iqn.2026-01.com.lab:t1\n10.0.0'],
    ['an error on stdout', 'iscsiadm: No portals found'],
    ['JSON', '{"targets": []}'],
  ])('refuses %s', (_name, stdout) => {
    expect(() => parseSendTargets(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

it.each(recordings('iscsi-lvm', 'iscsiadm-discovery.').filter(({ exitCode }) => exitCode === 0))(
  'reads the recorded $name',
  ({ text }) => {
    expect(parseSendTargets(text)).toEqual([
      { target: 'iqn.2026-01.com.lab:t1', address: '10.77.0.1', port: 3260, group: 1 },
    ])
  },
)

/** The exit codes that `session.ts` goes by. */
describe.each(distributions('iscsi-lvm', 'iscsiadm-login'))('iscsiadm of %s', (distribution) => {
  it.each([
    ['iscsiadm-discovery', 'chap-needed', 24],
    ['iscsiadm-login', 'wrong-secret', 24],
    ['iscsiadm-login', 'no-chap', 24],
    ['iscsiadm-login', 'other-initiator', 24],
    ['iscsiadm-login', 'no-such-target', 5],
    ['iscsiadm-login', 'mutual-refused', 19],
    ['iscsiadm-logout', 'no-session', 22],
  ])('%s, %s: ended with %i', (command, name, exitCode) => {
    const found = recordings('iscsi-lvm', `${command}.${distribution}.${name}.out`)
    expect(found).toEqual([expect.objectContaining({ exitCode })])
  })
})
