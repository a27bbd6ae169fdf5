import { describe, expect, test } from 'vitest'
import { parseOsRelease, readFileSystems, readPrivilege } from '@/agent/facts/host-facts'
import { ALL_TYPES } from '@/lib/drivers/registry'

describe('os-release', () => {
  test('Debian 12', () => {
    const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
    expect(parseOsRelease(text)).toEqual({
      id: 'debian',
      idLike: '',
      name: 'Debian GNU/Linux 12 (bookworm)',
      version: '12',
    })
  })

  test('Rocky, with several relatives, and an escape', () => {
    const text = 'ID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky \\"9\\""\nVERSION_ID=\'9.4\'\n'
    expect(parseOsRelease(text)).toEqual({
      id: 'rocky',
      idLike: 'rhel centos fedora',
      name: 'Rocky "9"',
      version: '9.4',
    })
  })

  test('empty, cut and hostile files give a host without a name, never a failure', () => {
    for (const text of ['', 'ID=', 'ID="deb', 'export ID=x', 'ID=$(reboot) now']) {
      expect(parseOsRelease(text)).toMatchObject({ id: 'linux', version: null })
    }
  })
})

test('privilege follows the id map, not the id alone', () => {
  if (process.getuid?.() !== 0) return expect(readPrivilege()).toBe('none')
  expect(readPrivilege('         0          0 4294967295\n')).toBe('root')
  expect(readPrivilege('         0       1000          1\n')).toBe('namespace')
  expect(readPrivilege('')).toBe('namespace')
})

test('every file system that a driver needs has an answer', () => {
  const answered = Object.keys(readFileSystems())
  expect(answered).toEqual(expect.arrayContaining(['cifs', 'fuse', 'nfs', 'nfs4']))
  expect(answered.sort()).toEqual(
    [...new Set(ALL_TYPES.flatMap(({ hostFileSystems = {} }) => Object.keys(hostFileSystems)))].sort(),
  )
})
