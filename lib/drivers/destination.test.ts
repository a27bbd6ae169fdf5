import { describe, expect, it } from 'vitest'
import { sampleCertificate } from '@/lib/drivers/contract/samples'
import { differingKeys, enterAgain } from '@/lib/drivers/descriptor-destination'
import { destinationChange, destinationOf } from '@/lib/drivers/destination'
import { parseBackendInput } from '@/lib/drivers/input'
import { DESCRIPTORS, driverById } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'
import { SECRET_SAMPLES } from '@/testing/drivers/samples'

describe('the destination of a secret', () => {
  it('is declared by every type that has secrets, and by no other', () => {
    const withSecrets = DESCRIPTORS.filter(({ secrets }) => Object.keys(secrets.shape).length > 0)
    expect(SECRET_SAMPLES.map(([id]) => id).sort()).toEqual(withSecrets.map(({ id }) => id).sort())
    for (const { id } of DESCRIPTORS) {
      const descriptor = driverById(id)
      expect(Object.keys(descriptor.destination ?? {}).length > 0).toBe(secretKeys(descriptor).length > 0)
    }
  })

  describe.each(SECRET_SAMPLES)('of %s', (type, { config, others, decides }) => {
    const before = destinationOf(type, parseBackendInput(type, config).config)
    const keys = Object.keys(driverById(type).config.shape)

    it.each(keys)('changes with %s only if that decides where a secret goes or how well it is protected', (key) => {
      expect(others).toHaveProperty(key)
      const after = destinationOf(type, { ...parseBackendInput(type, config).config, [key]: others[key] })
      const differs = differingKeys(before, after)
      expect(differs.includes(key)).toBe(decides.includes(key))
      const change = destinationChange(before, after)
      if (differs.length === 0) return expect(change).toBeUndefined()
      expect(enterAgain(change ?? '')).toContain(`Enter it again, since`)
      expect(change).toContain(driverById(type).fields[key]?.label ?? 'no label')
    })

    it('is the same for settings that say what the default is, and for those that do not', () => {
      const { config: whole } = parseBackendInput(type, config)
      expect(destinationOf(type, config)).toEqual(destinationOf(type, whole))
      expect(destinationOf(type, { ...whole, noise: 'x' })).toEqual(before)
    })
  })

  it('of S3 follows from provider and region while there is no endpoint, and from the bucket without path style', () => {
    const cloud = { provider: 'AWS', region: 'eu-west-1', bucket: 'media' }
    const differing = (change: Record<string, unknown>, from: Record<string, unknown> = cloud) =>
      differingKeys(destinationOf('s3', from), destinationOf('s3', { ...from, ...change }))
    expect(differing({ region: 'us-east-1' })).toEqual(['region'])
    expect(differing({ provider: 'Wasabi' })).toEqual(['provider'])
    expect(differing({ endpoint: 'https://mine.example.com' })).toEqual(['endpoint', 'provider', 'region'])
    expect(differing({ bucket: 'films' })).toEqual([])
    expect(differing({ bucket: 'films' }, { ...cloud, path_style: false })).toEqual(['bucket'])
  })

  it('is told in the words of the form, a switch as on or off and a certificate without its text', () => {
    const of = (config: Record<string, unknown>) =>
      destinationOf('http', { base_url: 'https://a.example.com', ...config })
    const change = destinationChange(
      of({ ca_certificate: sampleCertificate('A') }),
      of({ verify_ssl: false, ca_certificate: sampleCertificate('B') }),
    )
    expect(change).toBe('Certificate authority changed, and Check the certificate changed from on to off')
    expect(destinationChange(of({}), of({ base_url: 'http://a.example.com' }))).toBe(
      'Base URL changed from https://a.example.com to http://a.example.com',
    )
    expect(
      destinationChange(destinationOf('nfs', { server: 'a' }), destinationOf('nfs', { server: 'b' })),
    ).toBeUndefined()
  })
})
