import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPolicy, parsePolicy, readPolicy } from '@/agent/policy/policy'
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

/** Spellings of what is closed by itself. */
const CLOSED = [
  '127.0.0.1',
  '127.255.1.2',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:0:7f00:1',
  '::7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::1',
  '2002:a9fe:a9fe::',
  '2001:0:4136:e378:8000:63bf:80ff:fffe',
  '169.254.169.254',
  '169.254.0.7',
  '::ffff:169.254.169.254',
  'fe80::1',
  'febf::1',
  'fe80::1%eth0',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  'ff02::1',
]

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

test('screens of machines are shown unless the policy keeps them', () => {
  expect(codeOf(() => policy({}).checkScreens())).toBe('allowed')
  expect(codeOf(() => policy({ screens: false }).checkScreens())).toBe('policy_denied')
})

describe('networks', () => {
  const allowTen = { networks: ['10.0.0.0/8', 'fd00::/8'] }
  const denyNine = { deny: { networks: ['10.9.0.0/16'] } }
  const loopback = { allow: { networks: ['127.0.0.0/8', '::1'] } }
  const linkLocal = { allow: { networks: ['169.254.0.0/16', 'fe80::/10'] } }
  const cases: [unknown, string, string][] = [
    [{}, '10.1.2.3', 'allowed'],
    [{}, '172.16.0.1', 'allowed'],
    [{}, '192.168.1.50', 'allowed'],
    [{}, '100.64.0.1', 'allowed'],
    [{}, '93.184.216.34', 'allowed'],
    [{}, 'fd00::10', 'allowed'],
    [{}, '2001:db8::1', 'allowed'],
    [{}, '64:ff9b::a00:5', 'allowed'],
    [{}, '2002:a00:5::1', 'allowed'],
    [{}, '::ffff:10.0.0.5', 'allowed'],
    ...CLOSED.map((address): [unknown, string, string] => [{}, address, 'policy_denied']),
    // A list of one's own does not open what is closed by itself, and neither does naming everything.
    ...CLOSED.map((address): [unknown, string, string] => [denyNine, address, 'policy_denied']),
    ...CLOSED.map((address): [unknown, string, string] => [
      { networks: ['0.0.0.0/0', '::/0'] },
      address,
      'policy_denied',
    ]),
    [allowTen, '10.255.0.1', 'allowed'],
    [allowTen, '::ffff:10.0.0.1', 'allowed'],
    [allowTen, 'fd12::1', 'allowed'],
    [allowTen, '11.0.0.1', 'policy_denied'],
    [allowTen, '2001:db8::1', 'policy_denied'],
    [allowTen, '64:ff9b::a00:1', 'policy_denied'],
    [allowTen, 'fd00:ec2::254', 'policy_denied'],
    [{ ...denyNine, ...allowTen }, '10.9.1.1', 'policy_denied'],
    [denyNine, '10.9.1.1', 'policy_denied'],
    [denyNine, '::ffff:10.9.1.1', 'policy_denied'],
    [denyNine, '64:ff9b::a09:101', 'policy_denied'],
    [denyNine, '2002:a09:101::1', 'policy_denied'],
    [denyNine, '10.8.255.255', 'allowed'],
    [loopback, '127.0.0.1', 'allowed'],
    [loopback, '::1', 'allowed'],
    [loopback, '::ffff:127.0.0.1', 'allowed'],
    [loopback, '::', 'policy_denied'],
    [loopback, '0.0.0.0', 'policy_denied'],
    [loopback, '10.0.0.1', 'allowed'],
    [loopback, '169.254.169.254', 'policy_denied'],
    [{ ...loopback, ...allowTen }, '127.0.0.1', 'allowed'],
    [{ ...loopback, ...allowTen }, '11.0.0.1', 'policy_denied'],
    [{ ...loopback, deny: { networks: ['127.0.0.2'] } }, '127.0.0.2', 'policy_denied'],
    [linkLocal, '169.254.7.7', 'allowed'],
    [linkLocal, 'fe80::7%eth0', 'allowed'],
    [linkLocal, '169.254.169.254', 'policy_denied'],
    [linkLocal, 'fe80::a9fe:a9fe', 'policy_denied'],
    [{ allow: { networks: ['169.254.169.254'] } }, '169.254.169.254', 'allowed'],
    [{ allow: { networks: ['169.254.169.254'] } }, '169.254.7.7', 'policy_denied'],
    [{}, 'example.org', 'invalid_input'],
    [{}, '0x7f.1', 'invalid_input'],
    [{}, '127.1', 'invalid_input'],
    [{}, '2130706433', 'invalid_input'],
    [{}, '0177.0.0.1', 'invalid_input'],
  ]
  test.each(cases)('%j %s: %s', (document, address, outcome) => {
    expect(codeOf(() => policy(document).checkAddress(address))).toBe(outcome)
  })

  test('a refusal says why and what would open it', () => {
    const refused = (document: unknown, address: string) => () => policy(document).checkAddress(address)
    expect(refused({}, '127.0.0.1')).toThrow(/127\.0\.0\.1: it is the host itself.*allow\.networks/)
    expect(refused({}, '64:ff9b::a9fe:a9fe')).toThrow(/it is the metadata of a cloud/)
    expect(refused({ deny: { networks: ['127.0.0.0/8'] } }, '127.0.0.1')).toThrow(/policy of this host denies/)
    expect(refused(allowTen, '11.0.0.1')).toThrow(/in none of the networks/)
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
    ['{"allow":{"networks":["10.0.0.0/8"]}}', /allow\.networks\[0\].*closed by itself/],
    ['{"allow":{"networks":["0.0.0.0/0"]}}', /allow\.networks\[0\]/],
    ['{"allow":{"networks":["::/0"]}}', /allow\.networks\[0\]/],
    ['{"allow":{"network":[]}}', /allow\.network is not a known setting/],
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
