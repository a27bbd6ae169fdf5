import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPolicy, parsePolicy, readPolicy } from '@/agent/policy'
import { HoldfastError } from '@/lib/errors'

function policy(document: unknown, own: string[] = []) {
  return createPolicy(parsePolicy(JSON.stringify(document), 'agent.json'), own)
}

function codeOf(act: () => void): string {
  try {
    act()
  } catch (error) {
    return error instanceof HoldfastError ? error.code : 'foreign error'
  }
  return 'allowed'
}

describe('mountpoints', () => {
  const cases: [string, string][] = [
    ['/mnt/backups', 'allowed'],
    ['/srv/a/b', 'allowed'],
    ['/mnt', 'policy_denied'],
    ['/mnttwo/x', 'policy_denied'],
    ['/home/x', 'policy_denied'],
    ['/', 'invalid_input'],
    ['/mnt/../etc', 'invalid_input'],
    ['/mnt/./x', 'invalid_input'],
    ['/mnt//x', 'invalid_input'],
    ['/mnt/x/', 'invalid_input'],
    ['mnt/x', 'invalid_input'],
    ['/mnt/a\nb', 'invalid_input'],
    ['/mnt/a\0b', 'invalid_input'],
    ['', 'invalid_input'],
    ['/etc/x', 'policy_denied'],
    ['/usr', 'policy_denied'],
    ['/var/lib/docker', 'policy_denied'],
    ['/tmp/x', 'policy_denied'],
  ]
  test.each(cases)('%j: %s', (mountPoint, outcome) => {
    expect(codeOf(() => policy({}).checkMountPoint(mountPoint))).toBe(outcome)
  })

  test("the agent's own directories are closed even below an allowed root", () => {
    const strict = policy({ mountRoots: ['/opt'] }, ['/opt/holdfast/state'])
    expect(codeOf(() => strict.checkMountPoint('/opt/data'))).toBe('allowed')
    expect(codeOf(() => strict.checkMountPoint('/opt/holdfast/state/x'))).toBe('policy_denied')
    expect(codeOf(() => strict.checkMountPoint('/opt/holdfast'))).toBe('policy_denied')
  })

  test('an exception closes what lies below it and what would hide it', () => {
    const strict = policy({ deny: { mountPoints: ['/mnt/keep/this'] } })
    expect(codeOf(() => strict.checkMountPoint('/mnt/keep/this/x'))).toBe('policy_denied')
    expect(codeOf(() => strict.checkMountPoint('/mnt/keep'))).toBe('policy_denied')
    expect(codeOf(() => strict.checkMountPoint('/mnt/keeper'))).toBe('allowed')
  })
})

test('drivers', () => {
  expect(codeOf(() => policy({}).checkDriver('nfs'))).toBe('allowed')
  expect(codeOf(() => policy({ drivers: ['s3'] }).checkDriver('nfs'))).toBe('policy_denied')
  expect(codeOf(() => policy({ drivers: [] }).checkDriver('nfs'))).toBe('policy_denied')
})

describe('networks', () => {
  const allowTen = { networks: ['10.0.0.0/8', 'fd00::/8'] }
  const cases: [unknown, string, string][] = [
    [{}, '10.1.2.3', 'allowed'],
    [{}, '169.254.169.254', 'policy_denied'],
    [{}, '::ffff:169.254.169.254', 'policy_denied'],
    [{}, 'fe80::1%eth0', 'policy_denied'],
    [{}, 'fd00:ec2::254', 'policy_denied'],
    [allowTen, '10.255.0.1', 'allowed'],
    [allowTen, '::ffff:10.0.0.1', 'allowed'],
    [allowTen, 'fd12::1', 'allowed'],
    [allowTen, '11.0.0.1', 'policy_denied'],
    [allowTen, '2001:db8::1', 'policy_denied'],
    [{ deny: { networks: ['10.9.0.0/16'] }, ...allowTen }, '10.9.1.1', 'policy_denied'],
    [{}, 'example.org', 'invalid_input'],
    [{}, '0x7f.1', 'invalid_input'],
  ]
  test.each(cases)('%j %s: %s', (document, address, outcome) => {
    expect(codeOf(() => policy(document).checkAddress(address))).toBe(outcome)
  })
})

describe('the file', () => {
  const bad: [string, RegExp][] = [
    ['{', /not valid JSON/],
    ['', /not valid JSON/],
    ['[]', /agent\.json/],
    ['null', /agent\.json/],
    ['{"mountRoots":"/mnt"}', /mountRoots/],
    ['{"mountRoots":[]}', /mountRoots/],
    ['{"mountRoots":["/etc"]}', /mountRoots\[0\].*operating system/],
    ['{"mountRoots":["/"]}', /mountRoots\[0\]/],
    ['{"mountRoots":["/srv/../etc"]}', /mountRoots\[0\]/],
    ['{"mountRoot":["/srv"]}', /mountRoot is not a known setting/],
    ['{"networks":["10.0.0.0/33"]}', /networks\[0\]/],
    ['{"networks":["lan"]}', /networks\[0\]/],
    ['{"drivers":["NFS!"]}', /drivers\[0\]/],
    ['{"deny":{"networks":[1]}}', /deny\.networks\[0\]/],
    ['{"deny":{"paths":[]}}', /deny\.paths is not a known setting/],
  ]
  test.each(bad)('%s is refused by name', (text, message) => {
    expect(() => parsePolicy(text, '/etc/holdfast/agent.json')).toThrow(message)
  })

  test('a named file must be there and readable; damage never opens the host', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'holdfast-policy-'))
    try {
      const file = path.join(dir, 'agent.json')
      expect(() => readPolicy(file)).toThrow(/cannot be read \(ENOENT\)/)
      expect(() => readPolicy(dir)).toThrow(/cannot be read \(EISDIR\)/)
      writeFileSync(file, '{"mountRoots":["/srv/only"]}')
      expect(readPolicy(file).mountRoots).toEqual(['/srv/only'])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
