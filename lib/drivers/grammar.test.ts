import { describe, expect, it } from 'vitest'
import { certificateProblem, hostProblem, pathProblem } from '@/lib/drivers/grammar'

describe('hostProblem', () => {
  it.each([
    'nas',
    'NAS-1.example.com',
    '10.0.0.5',
    '127.0.0.1',
    '2001:db8::1',
    '[2001:db8::1]',
    '::1',
    'a1.b2',
    'media_nas',
    'nas.example.com.',
    'FILE_SRV',
    '_nas.example.com',
    'xn--bcher-kva.example',
  ])('accepts %s', (value) => {
    expect(hostProblem(value)).toBeNull()
  })

  it.each([
    ['', 'Enter a host name'],
    ['-oProxyCommand=x', 'begins or ends with a hyphen'],
    ['nas-', 'begins or ends with a hyphen'],
    ['nas:2049', 'its own field'],
    ['[nas]', 'its own field'],
    ['nas/export', 'letters, digits'],
    ['nas\n', 'letters, digits'],
    [' nas', 'letters, digits'],
    ['nas..local', 'letters, digits'],
    ['nas..', 'letters, digits'],
    ['.', 'letters, digits'],
    ['127.1.', 'usual form'],
    ['bücher.example', 'write this one as xn--bcher-kva.example'],
    ['nas\u200b', 'ASCII'],
    ['user@nas', 'letters, digits'],
    ['127.1', 'usual form'],
    ['0x7f.1', 'usual form'],
    ['2130706433', 'usual form'],
    ['010.0.0.1', 'usual form'],
    ['0.0.0.0', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'reserved'],
    ['fe80::1', 'reserved'],
    ['[FE80::1]', 'reserved'],
    ['::ffff:169.254.169.254', 'reserved'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'reserved'],
    ['fd00:ec2::254', 'reserved'],
    ['fe80::1%eth0', 'link-local'],
    ['[fe80::5053:ff:feef:a1fb%eth1]', 'link-local'],
    ['169.254.10.20', 'link-local'],
    ['2001:db8::1%eth0', 'Leave out the interface'],
    ['a'.repeat(254), 'at most 253'],
  ])('refuses %j', (value, reason) => {
    expect(hostProblem(value)).toContain(reason)
  })
})

describe('pathProblem', () => {
  it.each(['/', '/a', '/a/b/', '/mit leer/ünï'])('accepts %s', (value) => {
    expect(pathProblem(value, 100)).toBeNull()
  })

  it.each([
    ['', 'start with'],
    ['a', 'start with'],
    ['//a', '"//"'],
    ['/a//b', '"//"'],
    ['/a/../b', '".."'],
    ['/..', '".."'],
    ['/./a', '"."'],
    ['/a\nb', 'line breaks'],
    ['/a\0', 'line breaks'],
    [`/${'ü'.repeat(128)}`, '255 bytes'],
    [`/${'a/'.repeat(300)}`, 'at most 400'],
  ])('refuses %j', (value, reason) => {
    expect(pathProblem(value, 400)).toContain(reason)
  })
})

describe('certificateProblem', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
  it('accepts one or more certificates', () => {
    expect([certificateProblem(pem), certificateProblem(`${pem}\n${pem}\n`)]).toEqual([null, null])
  })

  it.each([
    ['-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----', 'private key'],
    ['hello', 'BEGIN CERTIFICATE'],
    [`${pem}\nhello`, 'text around'],
    ['x'.repeat(40_000), '32 KiB'],
  ])('refuses %s', (value, reason) => {
    expect(certificateProblem(value)).toContain(reason)
  })
})
