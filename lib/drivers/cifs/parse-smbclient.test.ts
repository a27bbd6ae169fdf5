import { describe, expect, it } from 'vitest'
import { parseShares, parseSmbFailure } from '@/lib/drivers/cifs/parse-smbclient'
import { distributions, fixture, recordings } from '@/testing/drivers/fixtures'

describe('parseShares', () => {
  it.each([
    ['a share', 'Disk|media|Films\n', [{ name: 'media', comment: 'Films' }]],
    [
      'bars in a comment',
      'Disk|a b|x | y\nDisk|c$|\n',
      [
        { name: 'a b', comment: 'x | y' },
        { name: 'c$', comment: '' },
      ],
    ],
    ['pipes and printers', 'IPC|IPC$|IPC Service\nPrinter|laser|\nDisk|print$|Drivers\n', []],
    ['words around it', 'Anonymous login successful\nDisk|a|\nSMB1 disabled\n', [{ name: 'a', comment: '' }]],
  ])('reads %s', (_name, stdout, expected) => {
    expect(parseShares(stdout)).toEqual(expected)
  })

  it.each([
    ['nothing', ''],
    ['the table for people', '\tSharename       Type      Comment\n\tshare           Disk\n'],
    ['a line cut off', 'Disk|sha'],
  ])('refuses %s', (_name, stdout) => {
    expect(() => parseShares(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })

  it.each(recordings('cifs', 'smbclient-list.').filter(({ exitCode }) => exitCode === 0))('reads $name', ({ text }) => {
    expect(parseShares(text)).toEqual(
      expect.arrayContaining([
        { name: 'share', comment: 'Everything | and more' },
        { name: 'read only', comment: '' },
        { name: 'foreign', comment: '' },
      ]),
    )
  })
})

describe.each(distributions('cifs', 'smbclient'))('parseSmbFailure, smbclient of %s', (distribution) => {
  const recorded: Record<string, [layer: string, status: string]> = {
    'wrong-password': ['authentication', 'NT_STATUS_LOGON_FAILURE'],
    'account-disabled': ['authentication', 'NT_STATUS_ACCOUNT_DISABLED'],
    'unknown-user': ['share', 'NT_STATUS_ACCESS_DENIED'],
    'guest-refused': ['share', 'NT_STATUS_ACCESS_DENIED'],
    'anonymous-refused': ['share', 'NT_STATUS_ACCESS_DENIED'],
    'share-missing': ['share', 'NT_STATUS_BAD_NETWORK_NAME'],
    'share-foreign': ['share', 'NT_STATUS_ACCESS_DENIED'],
    'folder-missing': ['folder', 'NT_STATUS_OBJECT_NAME_NOT_FOUND'],
    'folder-is-a-file': ['folder', 'NT_STATUS_NOT_A_DIRECTORY'],
    'version-too-old': ['protocol', 'NT_STATUS_NOT_SUPPORTED'],
    'version-too-new': ['protocol', 'NT_STATUS_NOT_SUPPORTED'],
    'version-1': ['protocol', 'No compatible protocol selected by server'],
    'seal-refused': ['encryption', "server doesn't support SMB3 encryption"],
    'name-unknown': ['connection', 'NT_STATUS_UNSUCCESSFUL'],
    'server-down': ['connection', 'NT_STATUS_CONNECTION_REFUSED'],
    'port-refused': ['connection', 'NT_STATUS_CONNECTION_REFUSED'],
    unreachable: ['connection', 'NT_STATUS_HOST_UNREACHABLE'],
    blackholed: ['connection', 'NT_STATUS_IO_TIMEOUT'],
  }

  it.each(Object.entries(recorded))('places the recorded %s', (name, [layer, status]) => {
    expect(parseSmbFailure(fixture('cifs', `smbclient.${distribution}.${name}.out`))).toEqual({ layer, status })
  })

  it('is in this table for every recorded failure', () => {
    const prefix = `smbclient.${distribution}.`
    const failures = recordings('cifs', prefix).filter(({ exitCode }) => exitCode === 1)
    const names = failures.map(({ name }) => name.slice(prefix.length).replace(/\.out$/, ''))
    expect(Object.keys(recorded)).toEqual(expect.arrayContaining(names))
  })
})

it('knows nothing of other words', () => {
  expect(parseSmbFailure('smbclient: command not found')).toBeNull()
})
