import { describe, expect, it } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { RCLONE_S3_KEYS } from '@/lib/drivers/s3/rclone-keys'
import { s3RcloneRemotes } from '@/lib/drivers/s3/rclone-remotes'
import { readRemotes } from '@/lib/imports/rclone-remotes'

const KEYS = ['access_key_id = FAKEKEY', 'secret_access_key = fakesecret']
const MINIO = ['provider = Minio', 'endpoint = http://192.0.2.4:9000', ...KEYS]
const AMAZON = ['provider = AWS', 'region = eu-west-1', ...KEYS]

function one(lines: string[]) {
  const [remote] = readRemotes(['[r]', 'type = s3', ...lines].join('\n')).remotes
  if (!remote) throw new Error('no remote')
  return remote
}

function settingsOf(lines: string[]) {
  const remote = one(lines)
  if (remote.kind !== 'storage') throw new Error(remote.reason)
  return remote.settings
}

describe('who signs in', () => {
  it('takes the keys of the file, whatever env_auth says', () => {
    expect(one(['env_auth = true', ...MINIO])).toMatchObject({
      kind: 'storage',
      problems: [],
      settings: { access_key_id: 'FAKEKEY', secret_access_key: 'fakesecret' },
    })
  })

  it.each([
    [['env_auth = true', 'provider = AWS'], '"env_auth" (line 3) takes the keys'],
    [['env_auth = false', 'provider = AWS'], '"access_key_id" is missing'],
    [['env_auth = true', 'provider = AWS', 'access_key_id = a'], '"secret_access_key" is missing'],
    [['provider = AWS', 'access_key_id = XXX', 'secret_access_key = XXX'], '"access_key_id" (line 4) is hidden'],
    [['provider = AWS', 'access_key_id = a', 'secret_access_key = XXX'], '"rclone config show"'],
    [['v2_auth = true', ...MINIO], '"v2_auth" (line 3): the server wants signatures of version 2'],
    [['region = other-v2-signature', ...MINIO], '"region" (line 3): the server wants signatures of version 2'],
    [['session_token = x', ...MINIO], 'temporary keys'],
    [['role_arn = arn:aws:iam::1:role/x', ...AMAZON], 'taking on a role'],
    [['ibm_api_key = x', 'provider = IBMCOS', 'endpoint = s3.example.com'], 'HMAC keys'],
    [['requester_pays = true', ...AMAZON], 'cost of the reader'],
    [['directory_bucket = true', ...AMAZON], 'S3 Express'],
    [['sse_customer_key_base64 = x', ...AMAZON], 'a key of your own'],
    [['sse_customer_algorithm = AES256', ...AMAZON], 'a key of your own'],
    [['server_side_encryption = aws:kms', ...AMAZON], 'default encryption'],
    [['server_side_encryption = AES256', ...MINIO], 'default encryption'],
    [['sse_kms_key_id = arn', ...AMAZON], 'default encryption'],
    [['object_lock_mode = COMPLIANCE', ...AMAZON], 'locked against changes'],
    [['versions = true', ...AMAZON], 'old versions'],
    [['version_at = 2024-01-01', ...AMAZON], 'as it was'],
    [['shared_credentials_file = /root/.aws/credentials', ...AMAZON], 'read a file of the host'],
  ])('refuses %o', (lines, reason) => {
    expect(one(lines)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) })
  })

  it('takes what says the usual, or nothing', () => {
    const usual = [
      'v2_auth = false',
      'requester_pays = false',
      'version_at = off',
      'versions = false',
      'session_token =',
      'profile =',
      'shared_credentials_file =',
      'acl = private',
      'use_dual_stack = false',
      'no_check_bucket = true',
    ]
    expect(one([...usual, ...AMAZON])).toMatchObject({ kind: 'storage', problems: [] })
  })
})

it.each([
  [['server_side_encryption = AES256', ...AMAZON], 'Amazon encrypts everything'],
  [['ibm_api_key = x', ...MINIO], 'The keys of the file are used'],
])('takes %o, and says why', (lines, why) => {
  expect(one(lines)).toMatchObject({ kind: 'storage', problems: [{ line: 3, message: expect.stringContaining(why) }] })
})

describe('every setting of the section', () => {
  /** Of rclone 1.60 to 1.71. */
  const ALL = `type provider env_auth access_key_id secret_access_key region endpoint location_constraint acl bucket_acl
    requester_pays server_side_encryption sse_customer_algorithm sse_kms_key_id sse_customer_key sse_customer_key_base64
    sse_customer_key_md5 storage_class upload_cutoff chunk_size max_upload_parts copy_cutoff disable_checksum
    shared_credentials_file profile session_token role_arn role_session_name role_session_duration role_external_id
    upload_concurrency force_path_style v2_auth use_dual_stack use_accelerate_endpoint use_arn_region leave_parts_on_error
    list_chunk list_version list_url_encode no_check_bucket no_head no_head_object encoding memory_pool_flush_time
    memory_pool_use_mmap disable_http2 download_url directory_markers use_multipart_etag use_unsigned_payload
    use_presigned_request use_data_integrity_protections versions version_at version_deleted decompress might_gzip
    use_accept_encoding_gzip no_system_metadata sts_endpoint use_already_exists use_multipart_uploads use_x_id
    sign_accept_encoding directory_bucket sdk_log_mode description ibm_api_key ibm_resource_instance_id ibm_iam_endpoint`.split(
    /\s+/,
  )

  it('has a rule, or is refused as dangerous', () => {
    const dangerous = ['shared_credentials_file', 'profile']
    expect(ALL.filter((key) => !(key in RCLONE_S3_KEYS) && !dangerous.includes(key))).toEqual([])
  })

  it.each(ALL.filter((key) => RCLONE_S3_KEYS[key]?.kind === 'left_out'))('%s is named when it is left out', (key) => {
    const remote = one([`${key} = 1`, ...MINIO])
    if (key === 'sdk_log_mode') expect(remote.kind).toBe('refused')
    else expect(remote).toMatchObject({ kind: 'storage', problems: [{ line: 3, key }] })
  })

  it('names one that nobody knows', () => {
    expect(one(['new_option = 1', ...MINIO])).toMatchObject({
      problems: [{ line: 3, key: 'new_option', message: expect.stringContaining('no counterpart') }],
    })
  })
})

describe('where the server is', () => {
  it.each([
    [
      ['endpoint = https://abcd.storage.example.co/storage/v1/s3', 'provider = Other'],
      'https://abcd.storage.example.co/storage/v1/s3',
    ],
    [['endpoint = 192.0.2.4:9000', 'provider = Minio'], 'https://192.0.2.4:9000'],
    [['endpoint = http://[2001:db8::1]:9000/', 'provider = Minio'], 'http://[2001:db8::1]:9000'],
    [['endpoint: https://s3.example.com//'], 'https://s3.example.com'],
  ])('%o', (lines, endpoint) => {
    expect(settingsOf([...lines, ...KEYS])).toMatchObject({ endpoint })
  })

  it('is Amazon for rclone when neither provider nor endpoint is said', () => {
    expect(settingsOf(['region = eu-west-1', ...KEYS])).toMatchObject({ provider: 'AWS', region: 'eu-west-1' })
    expect(one(['provider = Scaleway', 'region = fr-par', ...KEYS])).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('names no endpoint'),
    })
  })
})

describe('the way to a bucket', () => {
  it.each([
    [AMAZON, 'media', false],
    [AMAZON, 'www.example.com', true],
    [[...AMAZON, 'force_path_style = false'], 'www.example.com', true],
    [AMAZON, 'UPPER_case', true],
    [['provider = AWS', 'endpoint = http://192.0.2.4:9000', ...KEYS], 'media', true],
    [['provider = Alibaba', 'endpoint = http://oss.example.com', ...KEYS], 'www.example.com', false],
    [MINIO, 'media', true],
  ])('of %o to %s: path style is %s', (lines, bucket, pathStyle) => {
    const config = s3RcloneRemotes.forBucket(settingsOf(lines), bucket)
    expect(parseBackendInput('s3', config).config).toMatchObject({ bucket, path_style: pathStyle })
  })
})

describe('the bucket in an endpoint', () => {
  const R2 = `https://${'0123456789abcdef'.repeat(2)}.eu.r2.cloudflarestorage.com`

  it.each([
    [['provider = Cloudflare', `endpoint = ${R2}/media`], { endpoint: R2, bucket: 'media', path_style: true }],
    [
      ['provider = AWS', 'endpoint = www.example.com.s3.eu-west-1.amazonaws.com'],
      { endpoint: 'https://s3.eu-west-1.amazonaws.com', bucket: 'www.example.com', path_style: true },
    ],
  ])('as the console of a vendor shows it, is the bucket: %o', (lines, settings) => {
    expect(settingsOf([...lines, ...KEYS])).toMatchObject(settings)
  })

  it('stays a path on other servers', () => {
    const settings = settingsOf(['provider = Other', 'endpoint = https://a.example.com/storage/v1/s3', ...KEYS])
    expect(settings).toMatchObject({ endpoint: 'https://a.example.com/storage/v1/s3' })
    expect(settings).not.toHaveProperty('bucket')
  })
})
