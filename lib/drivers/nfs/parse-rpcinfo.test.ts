import { describe, expect, it } from 'vitest'
import { RPC_MESSAGES } from '@/lib/drivers/nfs/messages'
import { parseRpcinfo, universalAddress } from '@/lib/drivers/nfs/parse-rpcinfo'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { distributions, fixture, recordings } from '@/testing/drivers/fixtures'

describe('parseRpcinfo', () => {
  it('reads an answer and a version mismatch', () => {
    expect(parseRpcinfo('program 100003 version 4 ready and waiting\n', '')).toEqual({ state: 'ready' })
    const stderr = 'rpcinfo: RPC: Program/version mismatch; low version = 3, high version = 4\n'
    expect(parseRpcinfo('program 100003 version 5 is not available\n', stderr)).toEqual({
      state: 'mismatch',
      lowest: 3,
      highest: 4,
    })
  })

  it.each([
    ['nothing', ''],
    ['cut off', 'program 100003 version 4 ready'],
    ['another format', '{"ready": true}'],
  ])('refuses %s', (_name, stdout) => {
    expect(() => parseRpcinfo(stdout, '')).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

describe.each(distributions('nfs', 'rpcinfo'))('rpcinfo of %s', (distribution) => {
  const said = (name: string) => fixture('nfs', `rpcinfo.${distribution}.${name}.out`)

  it.each([
    ['server-down', 'network.refused'],
    ['unreachable', 'network.no_route'],
    ['not-nfs', 'nfs.not_running'],
    ['version-2', 'nfs.version_unsupported'],
  ])('is explained when it fails: %s', (name, problem) => {
    expect(matchMessage(RPC_MESSAGES, said(name))).toBe(problem)
  })

  it('is read when the version does not fit', () => {
    expect(parseRpcinfo('', said('version-2'))).toEqual({ state: 'mismatch', lowest: 3, highest: 4 })
  })
})

it.each([
  ['192.0.2.10', 2049, '192.0.2.10.8.1'],
  ['fd00::1', 20_049, 'fd00::1.78.81'],
])('writes %s port %i as a universal address', (address, port, expected) => {
  expect(universalAddress(address, port)).toBe(expected)
})

const recorded = recordings('nfs', 'rpcinfo.').filter(({ command }) => !command.includes(' -p '))

it.each(recorded.filter(({ exitCode }) => exitCode === 0))('reads the recorded $name', ({ text }) => {
  expect(parseRpcinfo(text, '')).toEqual({ state: 'ready' })
})
