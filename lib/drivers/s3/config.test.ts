import { describe, expect, it } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { publicUrl, S3Config, signingRegion } from '@/lib/drivers/s3/config'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

const BASE = { bucket: 'media', access_key_id: 'AKEXAMPLE', secret_access_key: 'not-a-real-secret' }

function configOf(change: Record<string, unknown>): S3Config {
  return S3Config.parse(parseBackendInput('s3', { ...BASE, ...change }).config)
}

function refusal(change: Record<string, unknown>): string {
  try {
    configOf(change)
    return ''
  } catch (error) {
    if (error instanceof HoldfastError) return error.message
    throw error
  }
}

describe('the endpoint', () => {
  it.each([
    ['s3.example.com', 'https://s3.example.com'],
    ['s3.example.com:9000', 'https://s3.example.com:9000'],
    ['HTTP://s3.example.com//', 'http://s3.example.com'],
    ['https://abcd.storage.example.co/storage/v1/s3', 'https://abcd.storage.example.co/storage/v1/s3'],
    ['files.example.com/minio/s3/', 'https://files.example.com/minio/s3'],
    ['http://[2001:db8::1]:9000/', 'http://[2001:db8::1]:9000'],
    // Names of containers and in /etc/hosts.
    ['http://noco_minio:9000', 'http://noco_minio:9000'],
    ['object_store.lan:9000', 'https://object_store.lan:9000'],
    ['https://_s3.example.com', 'https://_s3.example.com'],
  ])('%s is %s', (given, endpoint) => {
    expect(configOf({ endpoint: given }).endpoint).toBe(endpoint)
  })

  it.each([
    ['https://s3.example.com/a?b', 'no "?"'],
    ['https://s3.example.com/a#b', 'no "?"'],
    ['https://s3.example.com/a//b', 'no empty part'],
    ['https://s3.example.com/a b', 'path of an endpoint'],
    ['https://s3.example.com/%2e%2e', 'path of an endpoint'],
    ['https://s3.example.com/a/../b', '".."'],
    ['https://media.s3.example.com', 'Leave the bucket out'],
    ['https://key:word@s3.example.com', 'something else'],
    ['https://key@s3.example.com', 'Keys do not belong'],
    ['ftp://s3.example.com', 'https://'],
  ])('%s is refused', (endpoint, message) => {
    expect(refusal({ endpoint })).toContain(message)
  })

  it.each([
    ['https://s3.example.com/media', 'https://s3.example.com'],
    ['https://media.s3.eu-west-1.amazonaws.com', 'https://s3.eu-west-1.amazonaws.com'],
    ['media.nyc3.digitaloceanspaces.com', 'https://nyc3.digitaloceanspaces.com'],
    ['media.oss-eu-central-1.aliyuncs.com', 'https://oss-eu-central-1.aliyuncs.com'],
  ])('%s has the bucket in it, and is stored without', (given, endpoint) => {
    expect(configOf({ endpoint: given })).toMatchObject({ endpoint, bucket: 'media' })
    // A host or a file that says so means it.
    const told = { ...BASE, endpoint: given }
    expect(() => parseBackendInput('s3', told, { isTold: true })).toThrow('Leave the bucket out')
  })
})

it('a server may be called like its bucket', () => {
  expect(refusal({ endpoint: 'https://media.example.com' })).toBe('')
  expect(refusal({ endpoint: 'https://s3.example.com', bucket: 'media-s3' })).toBe('')
})

it.each([
  [{ cdn_enabled: true, cdn_url: 'https://cdn.example.com' }, 'https://cdn.example.com/'],
  [{ cdn_enabled: true, cdn_url: 'https://cdn.example.com/files//' }, 'https://cdn.example.com/files/'],
  [
    { cdn_enabled: true, cdn_url: 'http://cdn.example.com:8080/a', prefix: 'team a/b&c' },
    'http://cdn.example.com:8080/a/team%20a/b%26c/',
  ],
  [{ cdn_url: 'https://cdn.example.com' }, null],
  [{}, null],
])('files of %o are public at %s', (change, url) => {
  expect(publicUrl(configOf({ endpoint: 's3.example.com', ...change }))).toBe(url)
})

it('no path can follow the query of a CDN', () => {
  const cdn = (url: string) => refusal({ endpoint: 's3.example.com', cdn_enabled: true, cdn_url: url })
  for (const url of ['https://cdn.example.com/?key=1', 'https://cdn.example.com/a#b']) expect(cdn(url)).toContain('"?"')
  // Stored by an earlier version.
  expect(publicUrl({ cdn_enabled: true, cdn_url: 'https://cdn.example.com/?key=1', prefix: undefined })).toBeNull()
})

describe('path style', () => {
  it.each([
    ['a dot', { bucket: 'www.example.com', provider: 'AWS', region: 'eu-west-1' }],
    ['a capital letter', { bucket: 'Media', provider: 'AWS', region: 'eu-west-1' }],
    ['the server by its address', { endpoint: 'http://192.0.2.4:9000' }],
    ['the server by its IPv6 address', { endpoint: 'http://[2001:db8::1]:9000' }],
  ])('is needed for %s', (_case, change) => {
    expect(refusal({ ...change, path_style: false })).toContain('path style')
    expect(refusal({ ...change, path_style: true })).toBe('')
  })

  it.each([
    [{ provider: 'AWS', region: 'eu-west-1' }, 'AWS'],
    [{ provider: 'AWS', endpoint: 'https://s3.eu-west-1.amazonaws.com' }, 'AWS'],
    // rclone would ask for media.192.0.2.4 there.
    [{ provider: 'AWS', endpoint: 'http://192.0.2.4:9000' }, 'Other'],
    [{ provider: 'Wasabi', endpoint: 'https://s3.example.com' }, 'Other'],
    [{ provider: 'Wasabi', endpoint: 'https://s3.example.com', path_style: false }, 'Wasabi'],
    [{ provider: 'Minio', endpoint: 'https://s3.example.com' }, 'Minio'],
  ])('is kept by the mount: %o is the provider %s', (change, provider) => {
    expect(reveal(renderRcloneConfig(configOf(change), new Secret('fake')))).toContain(`provider = ${provider}\n`)
  })
})

describe('signingRegion', () => {
  it.each([
    [{ provider: 'Cloudflare', region: 'weur' }, 'auto'],
    [{ provider: 'Other' }, 'us-east-1'],
    [{ provider: 'AWS', endpoint: 'https://s3.amazonaws.com' }, 'us-east-1'],
    [{ provider: 'AWS', endpoint: 'https://s3.dualstack.eu-west-3.amazonaws.com' }, 'eu-west-3'],
    [{ provider: 'Other', endpoint: 'https://s3.us-west-004.backblazeb2.com' }, 'us-west-004'],
    [{ provider: 'Other', endpoint: 'https://s3.fr-par.scw.cloud' }, 'fr-par'],
    [{ provider: 'Other', endpoint: 'https://s3.gra.io.cloud.ovh.net' }, 'gra'],
    [{ provider: 'Other', endpoint: 'https://s3.fr-par.scw.cloud', region: 'nl-ams' }, 'nl-ams'],
    [{ provider: 'Other', endpoint: 'https://s3.eu-west-1.example.com' }, 'us-east-1'],
  ] as const)('of %o is %s', (config, region) => {
    expect(signingRegion(config)).toBe(region)
  })
})
