import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseBackendInput, publicConfig, replaceBackendInput, toHostBackend } from '@/lib/drivers/input'
import { ALL_TYPES, DESCRIPTORS, driverById, driverUnion } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'

const S3_BODY = {
  endpoint: 's3.example.com/',
  bucket: 'media',
  access_key_id: 'AKEXAMPLE',
  secret_access_key: 'not-a-real-secret',
}

function problemsOf(action: () => unknown): Record<string, string> {
  try {
    action()
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    expect(error.code).toBe('invalid_input')
    return Object.fromEntries((error.fields ?? []).map(({ field, message }) => [field, message]))
  }
  throw new Error('expected a refusal')
}

describe('parseBackendInput', () => {
  it('separates the secrets from the config and fills in safe defaults', () => {
    const { config, secrets } = parseBackendInput('s3', S3_BODY)
    expect(secrets).toEqual({ secret_access_key: 'not-a-real-secret' })
    expect(config).toMatchObject({ endpoint: 'https://s3.example.com', noexec: true, path_style: true })
    expect(JSON.stringify(config)).not.toContain('not-a-real-secret')
    expect(parseBackendInput('nfs', { server: 'nas', export_path: '/media' }).config).toMatchObject({
      version: 'auto',
      on_outage: 'hard',
      timeo: 600,
      retrans: 2,
    })
  })

  it('treats null and blank as not given where a field is optional', () => {
    const { config, secrets } = parseBackendInput('s3', { ...S3_BODY, region: '', prefix: null, secret_access_key: '' })
    expect(config).not.toHaveProperty('region')
    expect(config).not.toHaveProperty('prefix')
    expect(secrets).toEqual({})
  })

  it('names every bad field and says what to write', () => {
    const problems = problemsOf(() =>
      parseBackendInput('nfs', { server: 'nas:2049x', export_path: 'media', version: '5', timeo: 'long', zork: 1 }),
    )
    expect(Object.keys(problems).sort()).toEqual([
      'config.export_path',
      'config.server',
      'config.timeo',
      'config.version',
      'config.zork',
    ])
    expect(problems['config.version']).toBe('Must be one of 3, 4, auto, 4.0, 4.1, 4.2.')
    expect(problemsOf(() => parseBackendInput('nfs', {}))).toEqual({
      'config.server': 'This field is required.',
      'config.export_path': 'This field is required.',
    })
    expect(problemsOf(() => parseBackendInput('zfs', {}))).toHaveProperty('type')
  })

  it.each(['mount_options', 'options', 'nfs_options'])('reads the free text %s into typed settings', (field) => {
    const { config } = parseBackendInput('nfs', {
      server: 'nas',
      export_path: '/m',
      [field]: 'rw,soft,timeo=50,vers=4.1',
    })
    expect(config).toMatchObject({ on_outage: 'soft', timeo: 50, version: '4.1', read_only: false })
    expect(config).not.toHaveProperty(field)
  })

  it.each([
    ['suid', 'nosuid'],
    ['rw,bg', 'keeps trying'],
    ['addr=192.0.2.9', 'its own field'],
    ['zork', 'not one of the options'],
    ['timeo=-1', 'whole number'],
    ['__proto__', 'not one of the options'],
  ])('refuses the option in %s by name', (text, reason) => {
    const problems = problemsOf(() =>
      parseBackendInput('nfs', { server: 'nas', export_path: '/m', mount_options: text }),
    )
    expect(problems['config.mount_options']).toContain(reason)
    expect(problems['config.mount_options']).toContain(text.split(',').at(-1))
  })

  it('refuses a free text that contradicts its field', () => {
    const flat = { server: 'nas', export_path: '/m', version: '3', mount_options: 'vers=4.1' }
    expect(problemsOf(() => parseBackendInput('nfs', flat))['config.mount_options']).toContain('"version"')
  })
})

describe('replaceBackendInput', () => {
  const { secret_access_key: _secret, ...BODY } = S3_BODY
  const stored = parseBackendInput('s3', { ...S3_BODY, region: 'eu-1', write_back: 20 }).config

  it('takes what is given and nothing else: what is left out, blank or null returns to the default', () => {
    const { region: _region, ...rest } = stored
    const change = replaceBackendInput('s3', stored, { ...BODY, write_back: 30 })
    expect(change.config).toEqual({ ...rest, write_back: 30 })
    expect(replaceBackendInput('s3', stored, { ...BODY, write_back: 30, region: null })).toEqual(change)
    expect(change).toMatchObject({ secrets: {}, cleared: [], moved: [] })
    expect(problemsOf(() => replaceBackendInput('s3', stored, { region: 'eu-2' }))).toHaveProperty(['config.bucket'])
    const page = { base_url: 'https://files.example.com', auth_method: 'basic', username: 'anna' }
    const open = { base_url: 'https://files.example.com', auth_method: 'none' }
    expect(replaceBackendInput('http', parseBackendInput('http', page).config, open).config).toEqual(
      parseBackendInput('http', open).config,
    )
  })

  it('keeps a secret that is absent or blank, clears a null one, sets a new one', () => {
    const change = (secret_access_key: unknown) => replaceBackendInput('s3', stored, { ...BODY, secret_access_key })
    expect(change('')).toMatchObject({ secrets: {}, cleared: [] })
    expect(change(null).cleared).toEqual(['secret_access_key'])
    expect(change('newer').secrets).toEqual({ secret_access_key: 'newer' })
  })

  it('says what makes another storage of it, and not of the same value in another spelling', () => {
    expect(replaceBackendInput('s3', stored, { ...BODY, bucket: 'other' }).moved).toEqual(['bucket'])
    const nfs = parseBackendInput('nfs', { server: 'nas', export_path: '/m' }).config
    const same = replaceBackendInput('nfs', nfs, { server: 'nas', export_path: '/m/', mount_options: 'soft' })
    expect(same).toMatchObject({ moved: [], config: { on_outage: 'soft' } })
  })
})

describe('driverUnion', () => {
  const Body = driverUnion({ name: z.string() })

  it('accepts a flat config without filling in defaults, so that free text can still decide', () => {
    const config = { server: 'nas', export_path: '/m', mount_options: 'soft', sec: null }
    const body = Body.parse({ name: 'n', type: 'nfs', config })
    expect(body.config).toEqual(config)
    expect(parseBackendInput(body.type, body.config).config.on_outage).toBe('soft')
  })

  it('names the types there are and has a JSON Schema with the defaults', () => {
    expect(Body.safeParse({ name: 'n', type: 'zfs', config: {} }).error?.issues[0]?.message).toContain(
      'local-dir, nfs, cifs',
    )
    expect(JSON.stringify(z.toJSONSchema(Body, { io: 'input' }))).toContain('"default":"auto"')
  })
})

describe.each(DESCRIPTORS.map((descriptor) => driverById(descriptor.id)))('$id', (descriptor) => {
  it('has a form hint for every field, and every hint a field', () => {
    const keys = [...Object.keys(descriptor.config.shape), ...secretKeys(descriptor)].sort()
    expect(Object.keys(descriptor.fields).sort()).toEqual(keys)
    for (const hint of Object.values(descriptor.fields)) {
      if (hint.visibleWhen !== undefined) expect(keys).toContain(hint.visibleWhen.field)
      if (hint.optionsFrom !== undefined) expect(Object.keys(descriptor.discoveries)).toContain(hint.optionsFrom)
    }
  })

  it('declares fixed fields that exist and shares no key between config and secrets', () => {
    expect(Object.keys(descriptor.config.shape)).toEqual(
      expect.arrayContaining(Object.keys(descriptor.fixedAfterCreate)),
    )
    for (const key of secretKeys(descriptor)) expect(descriptor.config.shape).not.toHaveProperty(key)
  })
})

it('lets one type at most read a mount that others have made', () => {
  const claimed = ALL_TYPES.flatMap(({ existingMounts }) => existingMounts?.fsTypes ?? [])
  expect(new Set(claimed).size).toBe(claimed.length)
  expect(ALL_TYPES.filter(({ existingMounts }) => existingMounts?.readsBinds)).toHaveLength(1)
})

describe('publicConfig and toHostBackend', () => {
  it('shows declared config keys only', () => {
    expect(publicConfig('s3', { bucket: 'b', secret_access_key: 'leak', other: 1 })).toEqual({ bucket: 'b' })
  })

  it('parses again and wraps the secrets', () => {
    const { config, secrets } = parseBackendInput('s3', S3_BODY)
    const backend = toHostBackend('bkd_1', 's3', config, secrets)
    expect(JSON.stringify(backend)).not.toContain('not-a-real-secret')
    expect(backend.secrets.secret_access_key && reveal(backend.secrets.secret_access_key)).toBe('not-a-real-secret')
    expect(
      problemsOf(() => toHostBackend('b', 'nfs', { server: '-oProxyCommand', export_path: '/m' }, {})),
    ).toHaveProperty('config.server')
  })
})
