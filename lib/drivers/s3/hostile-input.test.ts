import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { remountArguments } from '@/lib/drivers/mounting/commands'
import { S3Config } from '@/lib/drivers/s3/config'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { s3MountRequest } from '@/lib/drivers/s3/rclone-mount'
import { reveal, Secret } from '@/lib/secret'
import { ensure, everyInput, expectPlain, expectSafeOptions, hostile, numbers } from '@/testing/drivers/hostile-input'
import { readIni } from '@/testing/drivers/read-ini'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

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
const ON_HOST = {
  files: { config: '/run/x/rclone.conf', authority: '/run/x/ca.pem', cache: '/var/cache/x' },
  control: { kind: 'tcp', port: 45_678, passwords: '/run/x/rc.htpasswd' },
} as const

function expectSafeS3(flat: Record<string, unknown>): void {
  const { config: parsed, secrets } = parseBackendInput('s3', flat)
  const config = S3Config.parse(parsed)
  const request = s3MountRequest(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }, ON_HOST)
  const { args } = request.daemon
  expectPlain(args)
  ensure(args.length === (config.ca_certificate === undefined ? 24 : 25), args.join(' '))
  const [verb, remote = '', , ...flags] = args
  ensure(verb === 'mount', String(verb))
  ensure(/^holdfast:[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[^:,\\"`*|<>]+)?$/.test(remote), remote)
  ensure(!/(?:^|\/)\.{1,2}(?:\/|$)/.test(remote), remote)
  for (const flag of flags) ensure(/^--[a-z-]+(?:=[A-Za-z0-9./]+|=127\.0\.0\.1:45678)?$/.test(flag), flag)
  expectSafeOptions(remountArguments(request)[2] ?? '')

  const secret = secrets.secret_access_key ?? ''
  const file = reveal(renderRcloneConfig(config, new Secret(secret)))
  const ini = readIni(file)
  ensure(Object.keys(ini).join() === 'holdfast' && ini.holdfast !== undefined, file)
  ensure(Object.keys(ini.holdfast).sort().join() === S3_KEYS.join(), file)
  const { type, env_auth, secret_access_key, access_key_id, endpoint = '' } = ini.holdfast
  ensure(type === 's3' && env_auth === 'false', file)
  ensure(secret_access_key === secret && access_key_id === config.access_key_id, file)
  const url = new URL(endpoint)
  ensure(`${url.username}${url.password}${url.search}${url.hash}` === '', endpoint)
  ensure(endpoint === url.href.replace(/\/$/, '') || url.pathname === '/', endpoint)
  ensure(/^(?:\/|(?:\/[A-Za-z0-9._~-]+)+)$/.test(url.pathname), endpoint)
  ensure(!/^(?:\[(?:fe80|::(?!1\]))|169\.254\.\d+\.\d+$|0\.0\.0\.0$)/.test(url.hostname), endpoint)
}

describe('hostile input', () => {
  const valid: Record<string, string[]> = {
    endpoint: [
      'https://s3.example.com',
      's3.example.com',
      'http://192.0.2.20:9000/',
      'https://[2001:db8::20]:8443',
      'https://x.example.co/storage/v1/s3',
    ],
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
