import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { cifs } from '@/lib/drivers/cifs/descriptor'
import { cifsMountRequest, renderCredentials } from '@/lib/drivers/cifs/mount-options'
import { lookArguments } from '@/lib/drivers/cifs/smbclient'
import type { MountRequest } from '@/lib/drivers/driver-host'
import { hardenArguments } from '@/lib/drivers/fuse-mount'
import { authorization } from '@/lib/drivers/http/client'
import { http } from '@/lib/drivers/http/descriptor'
import { httpMountArguments, renderHttpConfig } from '@/lib/drivers/http/rclone'
import { bindRequest, localDir } from '@/lib/drivers/local-dir/descriptor'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { nfsMountRequest } from '@/lib/drivers/nfs/mount-options'
import { mountArguments } from '@/lib/drivers/preview'
import { parseBackendInput } from '@/lib/drivers/registry'
import { S3Config } from '@/lib/drivers/s3/config'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { rcloneMountArguments } from '@/lib/drivers/s3/rclone-mount'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

/** Inputs per field on every run; raise it for a long one. */
const RUNS = Number(process.env.HOLDFAST_PROPERTY_RUNS ?? 20_000)

const PIECES = [
  '-',
  '--',
  '-o',
  ',',
  ';',
  ':',
  '=',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '\u2028',
  '\u202e',
  '/',
  '//',
  '..',
  '/../',
  '\\',
  '"',
  "'",
  '`',
  '$(id)',
  '%(x)s',
  '%',
  '[',
  ']',
  '{',
  '}',
  '#',
  '?',
  '@',
  '*',
  '|',
  '&',
  '<',
  '>',
  '~',
  '!',
  'suid',
  'dev',
  'exec',
  'nosuid',
  'X-mount.mkdir',
  'helper=x',
  'http://',
  'https://',
  '127.0.0.1',
  '169.254.169.254',
  '::1',
  '[::1]',
  '0x7f.1',
  'localhost',
  'é',
  'ｅ',
  '\u0301',
  '__proto__',
  'constructor',
  'secret_access_key = x',
  '[other]',
  'a',
  '0',
  '1e3',
  '-1',
]

/** Noise, mixtures of pieces with a meaning somewhere, and valid values with one such piece in them. */
function hostile(valid: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...PIECES)
  const spoilt = fc
    .tuple(fc.constantFrom(...valid), piece, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(
      ([value, bad, at]) =>
        value.slice(0, Math.round(at * value.length)) + bad + value.slice(Math.round(at * value.length)),
    )
  return fc.oneof(
    { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 2 },
    {
      arbitrary: fc.array(fc.oneof(piece, fc.constantFrom(...valid)), { maxLength: 6 }).map((parts) => parts.join('')),
      weight: 3,
    },
    { arbitrary: spoilt, weight: 4 },
    { arbitrary: fc.constantFrom(...valid), weight: 1 },
  )
}

/** Cheaper than `expect`, which matters at 20,000 inputs a field. */
function ensure(holds: boolean, value: string): asserts holds {
  if (!holds) throw new Error(`Unsafe: ${JSON.stringify(value)}`)
}

const CLOSED_SET =
  /^(?:vers=(?:3|4\.[012])|hard|soft|softerr|retry=0|(?:timeo|retrans|port|nconnect|rsize|wsize|actimeo)=\d{1,7}|proto=(?:tcp6?|rdma)|sec=(?:sys|krb5[ip]?)|lookupcache=(?:all|positive|none)|nolock|sync|noatime|nordirplus|noresvport|noexec|remount|bind|rw|ro|nosuid|nodev)$/

const CIFS_CLOSED_SET =
  /^(?:credentials=\/run\/x|username=guest|guest|vers=(?:default|2\.[01]|3|3\.0|3\.0\.2|3\.1\.1)|hard|soft|nosharesock|forceuid|forcegid|(?:file|dir)_mode=0?[0-7]{3}|seal|sec=(?:none|ntlmsspi?)|cache=(?:strict|none|loose)|(?:uid|gid|port|actimeo|rsize|wsize|echo_interval)=\d{1,10}|noserverino|nobrl|mfsymlinks|noexec|rw|ro|nosuid|nodev)$/

/** Reads an `-o` text as mount(8) does: split at commas, the last word on a subject wins. */
function expectSafeOptions(text: string, closedSet = CLOSED_SET): void {
  const words = text.split(',')
  for (const word of words) ensure(closedSet.test(word), word)
  ensure(words.at(-2) === 'nosuid' && words.at(-1) === 'nodev', text)
  ensure(words.filter((word) => word === 'ro' || word === 'rw').length === 1, text)
}

function expectPlain(args: readonly string[]): void {
  for (const arg of args) ensure(!/\p{Cc}/u.test(arg), arg)
}

function expectSafeMount(request: MountRequest, shape: RegExp, closedSet = CLOSED_SET): void {
  const runs = mountArguments(request)
  ensure(runs.length === (request.options.includes('bind') ? 2 : 1), JSON.stringify(runs))
  ensure(shape.test(request.source), request.source)
  for (const args of runs) {
    expectPlain(args)
    const operands = args.slice(args.indexOf('--') + 1)
    ensure(args.indexOf('--') > 0 && operands.every((operand) => !operand.startsWith('-')), args.join(' '))
    ensure(operands.join() === [request.source, request.target].slice(-operands.length).join(), args.join(' '))
  }
  const [last = []] = runs.slice(-1)
  ensure(last.length === (request.options.includes('bind') ? 5 : 8), last.join(' '))
  expectSafeOptions(last[last.indexOf('-o') + 1] ?? '', closedSet)
}

/** The second reader of rclone.conf: sections and `key = value` lines, as the INI reader of rclone takes them apart. */
function readIni(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {}
  let section: Record<string, string> = {}
  for (const line of text.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    if (trimmed.startsWith('[') && trimmed.endsWith(']')) {
      section = sections[trimmed.slice(1, -1)] ??= {}
      continue
    }
    const cut = trimmed.search(/[=:]/)
    section[trimmed.slice(0, cut).trim()] = trimmed.slice(cut + 1).trim()
  }
  return sections
}

const S3_KEYS = [
  'access_key_id',
  'endpoint',
  'env_auth',
  'force_path_style',
  'no_check_bucket',
  'provider',
  'region',
  'secret_access_key',
  'type',
]
const S3_BASE = {
  endpoint: 'https://s3.example.com',
  bucket: 'media',
  access_key_id: 'AKEXAMPLE',
  secret_access_key: 'not-a-real-secret',
}
const FILES = { config: '/run/x/rclone.conf', authority: '/run/x/ca.pem', cache: '/var/cache/x' }

function expectSafeS3(flat: Record<string, unknown>): void {
  const { config: parsed, secrets } = parseBackendInput('s3', flat)
  const config = S3Config.parse(parsed)
  const args = rcloneMountArguments(config, '/mnt/x', false, FILES)
  expectPlain(args)
  ensure(args.length === (config.ca_certificate === undefined ? 21 : 22), args.join(' '))
  const [verb, remote = '', , ...flags] = args
  ensure(verb === 'mount', String(verb))
  ensure(/^holdfast:[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[^:,\\"`*|<>]+)?$/.test(remote), remote)
  ensure(!/(?:^|\/)\.{1,2}(?:\/|$)/.test(remote), remote)
  for (const flag of flags) ensure(/^--[a-z-]+(?:=[A-Za-z0-9./]+)?$/.test(flag), flag)
  expectSafeOptions(hardenArguments({ target: '/mnt/x', readOnly: config.read_only, noexec: config.noexec })[2] ?? '')

  const secret = secrets.secret_access_key ?? ''
  const file = reveal(renderRcloneConfig(config, new Secret(secret)))
  const ini = readIni(file)
  ensure(Object.keys(ini).join() === 'holdfast' && ini.holdfast !== undefined, file)
  ensure(Object.keys(ini.holdfast).sort().join() === S3_KEYS.join(), file)
  const { type, env_auth, secret_access_key, access_key_id, endpoint = '' } = ini.holdfast
  ensure(type === 's3' && env_auth === 'false', file)
  ensure(secret_access_key === secret && access_key_id === config.access_key_id, file)
  const url = new URL(endpoint)
  ensure(`${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/', endpoint)
  ensure(!/^(?:\[(?:fe80|::(?!1\]))|169\.254\.\d+\.\d+$|0\.0\.0\.0$)/.test(url.hostname), endpoint)
}

/** Accepted input must satisfy the oracle; refused input must be refused under the name of its field. Both must happen. */
function everyInput(values: fc.Arbitrary<unknown>, field: string, use: (value: unknown) => void): void {
  const count = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(values, (value) => {
      try {
        use(value)
        count.accepted++
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        const fields = error.fields?.map((problem) => problem.field) ?? []
        ensure(error.code === 'invalid_input' && fields.includes(`config.${field}`), error.message)
        count.refused++
      }
    }),
    { numRuns: RUNS },
  )
  expect(count.accepted).toBeGreaterThan(RUNS / 100)
  expect(count.refused).toBeGreaterThan(RUNS / 100)
}

const numbers = fc.oneof(
  fc.integer({ min: -10, max: 100_000 }),
  fc.double(),
  fc.constantFrom(
    0,
    1,
    -1,
    1024,
    65_536,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5',
    '5,suid',
    null,
    true,
    [],
    {},
  ),
)

describe('nfs', () => {
  const base = { server: 'nas.example.com', export_path: '/export/media' }
  const use = (flat: Record<string, unknown>) => {
    const config = nfs.config.parse(parseBackendInput('nfs', flat).config)
    expectSafeMount(
      nfsMountRequest(config, '/mnt/x', false),
      /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):\/[^\s,\\]*$/,
    )
  }

  it('server', () => {
    const values = hostile(['nas', 'nas-1.example.com', '192.0.2.10', '2001:db8::10', '[2001:db8::10]'])
    everyInput(values, 'server', (server) => use({ ...base, server }))
  })

  it('export_path', () => {
    everyInput(hostile(['/', '/export/media', '/a/b/c/']), 'export_path', (export_path) =>
      use({ ...base, export_path }),
    )
  })

  it.each(['mount_options', 'options', 'nfs_options'])('%s', (field) => {
    const values = hostile([
      'rw,soft,timeo=50',
      'vers=4.1',
      'hard,noatime,rsize=65536',
      'sec=krb5',
      'defaults',
      'nconnect=4',
    ])
    // Values inside a known option are refused under the option's own field.
    const count = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(values, (text) => {
        try {
          use({ ...base, [field]: text })
          count.accepted++
        } catch (error) {
          if (!(error instanceof HoldfastError)) throw error
          ensure((error.fields?.length ?? 0) > 0, error.message)
          count.refused++
        }
      }),
      { numRuns: RUNS },
    )
    expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(RUNS / 100)
  })

  it.each(['timeo', 'retrans', 'rsize', 'wsize', 'port', 'nconnect', 'actimeo'])('%s', (field) => {
    everyInput(numbers, field, (value) => use({ ...base, [field]: value }))
  })

  it.each(['version', 'on_outage', 'proto', 'sec', 'lookupcache'])('%s', (field) => {
    const valid: Record<string, string[]> = {
      version: ['3', '4.2'],
      on_outage: ['hard', 'soft'],
      proto: ['tcp', 'rdma'],
      sec: ['sys', 'krb5p'],
      lookupcache: ['all', 'none'],
    }
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })
})

describe('cifs', () => {
  const base = { server: 'nas.example.com', share_name: 'media', username: 'alice', password: 'not-a-real-secret' }
  const use = (flat: Record<string, unknown>) => {
    const parsed = parseBackendInput('cifs', flat)
    const config = cifs.config.parse(parsed.config)
    const shape = /^\/\/[A-Za-z0-9:][A-Za-z0-9.:-]*(?:\/[^,\\/"|<>;*?]+)+$/
    expectSafeMount(cifsMountRequest(config, '/mnt/x', false, '/run/x'), shape, CIFS_CLOSED_SET)
    ensure(!config.path?.split('/').includes('..'), String(config.path))

    const [service = '', ...flags] = lookArguments(config, '192.0.2.10', '/run/x')
    expectPlain([service, ...flags])
    ensure(service === `//${config.server}/${config.share_name}` && !service.slice(2).includes('//'), service)
    for (const flag of flags) ensure(/^--[a-z-]+(?:=|$)/.test(flag), flag)
    ensure(flags.at(-1) === '--command=exit' && flags.length <= 11, flags.join(' '))

    const password = parsed.secrets.password ?? ''
    const file = reveal(renderCredentials(config, new Secret(password)))
    // As mount.cifs and smbclient take it apart: lines, and the first "=" in each.
    const lines = file.split(/[\n\r\u2028\u2029\u0085\v\f]/).slice(0, -1)
    ensure(lines.length === (config.domain === undefined ? 2 : 3), file)
    ensure(lines[0] === `username=${config.username}` && lines[1] === `password=${password}`, file)
    ensure(password === password.trim() && !/[,%\\/]/.test(`${config.username}${config.domain ?? ''}`), file)
  }
  const valid: Record<string, string[]> = {
    server: ['nas', 'nas-1.example.com', '192.0.2.10', '2001:db8::10'],
    share_name: ['media', 'My Films', 'c$', 'ünï'],
    path: ['team', 'team/films', '\\team\\films', 'a b/c'],
    username: ['alice', 'alice@example.com', 'Ann Smith', 'svc$'],
    domain: ['EXAMPLE', 'example.com', 'ad-1'],
    password: ['not-a-real-secret', 'with,comma', 'quo"te', "it's", 'a b=c#d'],
    file_mode: ['0644', '600'],
    smb_version: ['auto', '3.1.1'],
    auth: ['password', 'guest', 'anonymous'],
    sec: ['ntlmssp'],
    cache: ['strict', 'none'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })

  it.each(['uid', 'gid', 'port', 'actimeo', 'rsize', 'wsize', 'echo_interval'])('%s', (field) => {
    everyInput(
      fc.oneof(
        numbers,
        fc.integer({ min: 16, max: 8192 }).map((n) => n * 1024),
      ),
      field,
      (value) => use({ ...base, [field]: value }),
    )
  })

  it.each(['mount_options', 'smb_options'])('%s', (field) => {
    const count = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(
        hostile(['vers=3.0', 'rw,seal', 'uid=1000,gid=100', 'file_mode=0660', 'guest', 'cache=none']),
        (text) => {
          try {
            use({ ...base, [field]: text })
            count.accepted++
          } catch (error) {
            if (!(error instanceof HoldfastError)) throw error
            ensure((error.fields?.length ?? 0) > 0, error.message)
            count.refused++
          }
        },
      ),
      { numRuns: RUNS },
    )
    expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(RUNS / 100)
  })
})

describe('local-dir', () => {
  it('path', () => {
    everyInput(hostile(['/srv/media', '/data', '/home/ann/files/', '/etc', '/']), 'path', (path) => {
      const config = localDir.config.parse(parseBackendInput('local-dir', { path }).config)
      expectSafeMount(bindRequest(config, '/mnt/x', false), /^\/[^/]/)
      ensure(!config.path.split('/').includes('..'), config.path)
      ensure(!/^\/(?:etc|proc|sys|dev|run|boot|usr|root|bin|sbin|lib)(?:\/|$)/.test(config.path), config.path)
    })
  })
})

describe('s3', () => {
  const valid: Record<string, string[]> = {
    endpoint: ['https://s3.example.com', 's3.example.com', 'http://192.0.2.20:9000/', 'https://[2001:db8::20]:8443'],
    region: ['eu-west-1', 'default', 'auto'],
    bucket: ['media', 'my.bucket-1', 'UPPER_case'],
    prefix: ['team-a/videos', 'a b/c', 'ünï/x', "it's (1)"],
    access_key_id: ['AKEXAMPLE', 'minio', '0123456789abcdef'],
    secret_access_key: ['wJalr/K7MDENG+bPx', 'short', 'with:colon=and#hash;semi'],
    umask: ['022', '0077'],
    provider: ['AWS', 'Ceph', 'Other'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => expectSafeS3({ ...S3_BASE, [field]: value }))
  })

  it.each(['cache_max_size', 'cache_max_age', 'write_back', 'dir_cache_time', 'uid', 'gid'])('%s', (field) => {
    const values = fc.oneof(numbers, fc.integer({ min: 67_108_864, max: 2 ** 40 }))
    everyInput(values, field, (value) => expectSafeS3({ ...S3_BASE, [field]: value }))
  })
})

describe('http', () => {
  const base = {
    base_url: 'https://files.example.com/files',
    auth_method: 'basic',
    username: 'reader',
    password: 'not-a-real-secret',
    token: 'not-a-real-token',
  }
  const use = (flat: Record<string, unknown>) => {
    const parsed = parseBackendInput('http', flat)
    const config = http.config.parse(parsed.config)
    const args = httpMountArguments(config, '/mnt/x', FILES)
    expectPlain(args)
    ensure(args[0] === 'mount' && args[1] === 'holdfast:' && args.includes('--read-only'), args.join(' '))
    for (const flag of args.slice(3)) ensure(/^--[a-z-]+(?:=[A-Za-z0-9./]+)?$/.test(flag), flag)

    const secrets = Object.fromEntries(Object.entries(parsed.secrets).map(([key, text]) => [key, new Secret(text)]))
    const signIn = authorization(config, { password: new Secret('none was given'), ...secrets })
    const header = signIn === undefined ? '' : reveal(signIn)
    ensure(/^(?:|Basic [A-Za-z0-9+/]*={0,2}|Bearer [A-Za-z0-9._~+/-]+=*)$/.test(header), header)
    const file = reveal(renderHttpConfig(config, signIn))
    const ini = readIni(file)
    ensure(Object.keys(ini).join() === 'holdfast' && ini.holdfast !== undefined, file)
    const { type, url: address = '', headers } = ini.holdfast
    ensure(type === 'http' && Object.keys(ini.holdfast).length === (header === '' ? 2 : 3), file)
    ensure(headers === (header === '' ? undefined : `Authorization,${header}`), file)
    const url = new URL(address)
    ensure(address === `${config.base_url}/` && /^https?:$/.test(url.protocol), address)
    ensure(`${url.username}${url.password}${url.search}${url.hash}` === '', address)
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    ensure(!/^(?:127\.|169\.254\.|0\.|::|fe[89ab])|(?:^|\.)localhost\.?$/.test(host), host)
    // No spelling of ".." is left: the parser has taken nothing away.
    ensure(url.pathname === new URL(config.base_url).pathname.replace(/\/?$/, '/'), address)
    ensure(!/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(config.base_url.replace(/^https?:\/\//, '')), config.base_url)
  }
  const valid: Record<string, string[]> = {
    base_url: [
      'https://files.example.com',
      'http://192.168.1.50:8080/files/',
      'https://[2001:db8::20]:8443/a/b%20c',
      'https://cdn.example.com/images/v1.2/~me',
    ],
    username: ['reader', 'Ann Smith', 'ünï'],
    password: ['not-a-real-secret', 'with:colon', 'quo"te,comma', 'ünï'],
    umask: ['022', '0077'],
    auth_method: ['none', 'basic', 'bearer'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })

  it('token', () => {
    everyInput(hostile(['abc.def-ghi', 'QWxhZGRpbg==', 'a~b+c/d']), 'token', (token) =>
      use({ ...base, auth_method: 'bearer', token }),
    )
  })

  it.each(['dir_cache_time', 'uid', 'gid'])('%s', (field) => {
    everyInput(numbers, field, (value) => use({ ...base, [field]: value }))
  })
})
