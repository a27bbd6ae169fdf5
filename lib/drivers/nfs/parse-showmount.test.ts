import { describe, expect, it } from 'vitest'
import { RPC_MESSAGES } from '@/lib/drivers/error-messages'
import { isExported, parseShowmount } from '@/lib/drivers/nfs/parse-showmount'
import { matchMessage } from '@/lib/drivers/problem'
import { fixture, fixtureNames } from '@/lib/drivers/testing/fixtures'

describe('parseShowmount', () => {
  it.each([
    ['one client', '/export/media 10.0.0.5\n', [{ path: '/export/media', clients: ['10.0.0.5'] }]],
    [
      'networks and names, padded',
      '/export/media   10.0.0.0/24,*.example.com\n/srv            (everyone)\n',
      [
        { path: '/export/media', clients: ['10.0.0.0/24', '*.example.com'] },
        { path: '/srv', clients: ['(everyone)'] },
      ],
    ],
    ['a path with a space', '/export/my media *\n', [{ path: '/export/my media', clients: ['*'] }]],
    ['with its header', 'Export list for nas:\n/export *\n', [{ path: '/export', clients: ['*'] }]],
    ['no exports', '', []],
  ])('reads %s', (_name, stdout, expected) => {
    expect(parseShowmount(stdout)).toEqual(expected)
  })

  it.each(fixtureNames('nfs').filter((name) => /^showmount.*\.out$/.test(name)))('reads the recorded %s', (name) => {
    const exports = parseShowmount(fixture('nfs', name))
    expect(exports.length).toBeGreaterThan(0)
    for (const entry of exports) expect(entry.path).toMatch(/^\//)
  })

  it.each([
    ['cut off in the path', '/export/media *\n/expo'],
    ['an unknown format', '{"exports": []}'],
    ['an error on stdout', 'clnt_create: RPC: Unable to receive'],
  ])('refuses %s', (_name, stdout) => {
    expect(() => parseShowmount(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

it.each([
  ['showmount.debian-12.no-rpcbind.err', 'nfs.not_running'],
  ['showmount.debian-12.unknown-name.err', 'name.not_found'],
])('explains %s', (name, problem) => {
  expect(matchMessage(RPC_MESSAGES, fixture('nfs', name))).toBe(problem)
})

it.each([
  ['/export/media', true],
  ['/export/media/films', true],
  ['/export/mediathek', false],
  ['/export', false],
])('says whether %s is exported', (path, expected) => {
  expect(isExported(path, [{ path: '/export/media', clients: ['*'] }])).toBe(expected)
})
