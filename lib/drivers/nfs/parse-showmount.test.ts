import { describe, expect, it } from 'vitest'
import { RPC_MESSAGES } from '@/lib/drivers/nfs/messages'
import { isExported, parseShowmount } from '@/lib/drivers/nfs/parse-showmount'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { distributions, fixture, recordings } from '@/testing/drivers/fixtures'

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

  it.each([
    ['cut off in the path', '/export/media *\n/expo'],
    ['an unknown format', '{"exports": []}'],
    ['an error on stdout', 'clnt_create: RPC: Unable to receive'],
  ])('refuses %s', (_name, stdout) => {
    expect(() => parseShowmount(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

describe.each(distributions('nfs', 'showmount'))('a failure of showmount of %s', (distribution) => {
  it.each([
    ['server-down', 'nfs.not_running'],
    ['no-rpcbind', 'nfs.not_running'],
    ['unreachable', 'nfs.not_running'],
    ['name-unknown', 'name.not_found'],
  ])('is explained: %s', (name, problem) => {
    expect(matchMessage(RPC_MESSAGES, fixture('nfs', `showmount.${distribution}.${name}.out`))).toBe(problem)
  })
})

it.each([
  ['/export/media', true],
  ['/export/media/films', true],
  ['/export/mediathek', false],
  ['/export', false],
])('says whether %s is exported', (path, expected) => {
  expect(isExported(path, [{ path: '/export/media', clients: ['*'] }])).toBe(expected)
})

const recorded = recordings('nfs', 'showmount.')

it.each(recorded.filter(({ exitCode }) => exitCode === 0))('reads the recorded $name', ({ text }) => {
  const exports = parseShowmount(text)
  expect(exports).toHaveLength(text.split('\n').filter((line) => line.startsWith('/')).length)
  for (const { clients } of exports) expect(clients.join()).toMatch(/^\S+$/)
})
