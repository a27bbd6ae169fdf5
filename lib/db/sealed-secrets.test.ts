import { randomBytes } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  destinationsOf,
  fingerprint,
  generateSealingKey,
  openSecret,
  sealSecret,
  sealWithDestinations,
} from '@/lib/db/sealed-secrets'
import { reveal, Secret } from '@/lib/secret'

const context = { ownerId: 'bkd_1', field: 'secret_key' }
const secret = new Secret('not-a-real-secret-äöü')
const here = { type: 's3', endpoint: 'https://s3.example.com', ca_certificate: null, path_style: true }

describe('sealed secrets', () => {
  it('open with the private key and for their own context only', async () => {
    const key = await generateSealingKey()
    const sealed = await sealSecret(key.publicJwk, secret, context, [here])
    expect(reveal(await openSecret([key.privateJwk], sealed, context, here))).toBe('not-a-real-secret-äöü')
    await expect(openSecret([key.privateJwk], sealed, { ...context, field: 'access_key' }, here)).rejects.toThrow(
      'sealed for something else',
    )
    await expect(openSecret([key.privateJwk], sealed, { ...context, ownerId: 'bkd_2' }, here)).rejects.toThrow(
      'sealed for something else',
    )
  })

  it('are JWE with ECDH-ES, A256GCM and the key id, and never the same twice', async () => {
    const { publicJwk } = await generateSealingKey()
    const [first, second] = await Promise.all([
      sealSecret(publicJwk, secret, context, [here]),
      sealSecret(publicJwk, secret, context, [here]),
    ])
    const header = JSON.parse(Buffer.from(first.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: publicJwk.kid })
    expect(first).not.toBe(second)
  })

  it('cannot be opened with the public key, another key, or after a change', async () => {
    const key = await generateSealingKey()
    const other = await generateSealingKey()
    const sealed = await sealSecret(key.publicJwk, secret, context, [here])
    await expect(openSecret([key.publicJwk], sealed, context, here)).rejects.toThrow('cannot be opened')
    await expect(openSecret([other.privateJwk], sealed, context, here)).rejects.toThrow('does not have its key')
    const forged = { ...other.privateJwk, kid: key.privateJwk.kid ?? '' }
    await expect(openSecret([forged], sealed, context, here)).rejects.toThrow('it is damaged')

    const parts = sealed.split('.')
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())
    const moved = { ...header, ctx: JSON.stringify(['bkd_2', 'secret_key']) }
    parts[0] = Buffer.from(JSON.stringify(moved)).toString('base64url')
    await expect(
      openSecret([key.privateJwk], parts.join('.'), { ownerId: 'bkd_2', field: 'secret_key' }, here),
    ).rejects.toThrow('it is damaged')
  })

  it('go only where they were sealed for, and what says so cannot be changed', async () => {
    const key = await generateSealingKey()
    const [there, elsewhere] = ['https://there.example.com', 'https://elsewhere.example.com'].map((endpoint) => ({
      ...here,
      endpoint,
    })) as [typeof here, typeof here]
    const sealed = await sealSecret(key.publicJwk, secret, context, [here, there, here])
    const open = (text: string, destination: typeof here) => openSecret([key.privateJwk], text, context, destination)
    expect(destinationsOf(sealed)).toEqual([here, there])
    for (const place of [here, there]) expect(reveal(await open(sealed, place))).toBe(reveal(secret))
    await expect(open(sealed, elsewhere)).rejects.toMatchObject({
      code: 'credentials_rejected',
      message:
        'The stored secret "secret_key" is not sent there: Endpoint changed from https://s3.example.com to https://elsewhere.example.com. Enter it again.',
    })
    await expect(open(sealed, { ...here, type: 'http' })).rejects.toThrow('Type changed from s3 to http')

    const parts = sealed.split('.')
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())
    parts[0] = Buffer.from(JSON.stringify({ ...header, dst: [elsewhere] })).toString('base64url')
    await expect(open(parts.join('.'), elsewhere)).rejects.toThrow('it is damaged')
  })

  it('are refused before they are opened: without a key that fits, the destination is what is named', async () => {
    const [key, other] = await Promise.all([generateSealingKey(), generateSealingKey()])
    const sealed = await sealSecret(key.publicJwk, secret, context, [here])
    const wrong = { ...other.privateJwk, kid: key.privateJwk.kid ?? '' }
    await expect(openSecret([wrong], sealed, context, { ...here, path_style: false })).rejects.toThrow(
      'Path style changed from on to off',
    )
  })

  it('keep a long value as a digest, and tell two of them apart', async () => {
    const key = await generateSealingKey()
    const [one, other] = [
      { ...here, ca_certificate: 'A'.repeat(3_000) },
      { ...here, ca_certificate: 'B'.repeat(3_000) },
    ]
    const sealed = await sealSecret(key.publicJwk, secret, context, [one])
    expect(sealed.length).toBeLessThan(1_000)
    expect(reveal(await openSecret([key.privateJwk], sealed, context, one))).toBe(reveal(secret))
    await expect(openSecret([key.privateJwk], sealed, context, other)).rejects.toThrow('Certificate authority changed.')
  })

  it('from before there were destinations go nowhere, and can be given some once', async () => {
    const key = await generateSealingKey()
    const old = await new CompactEncrypt(new TextEncoder().encode(reveal(secret)))
      .setProtectedHeader({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
        kid: key.publicJwk.kid ?? '',
        ctx: '["bkd_1","secret_key"]',
      })
      .encrypt(key.publicJwk)
    expect(destinationsOf(old)).toEqual([])
    await expect(openSecret([key.privateJwk], old, context, here)).rejects.toThrow('without saying where it may go')
    const keys = { publicJwk: key.publicJwk, privateJwks: [key.privateJwk] }
    const bound = await sealWithDestinations(keys, old, context, [here])
    expect(reveal(await openSecret([key.privateJwk], bound, context, here))).toBe(reveal(secret))
    await expect(sealWithDestinations(keys, bound, context, [{ ...here, path_style: false }])).rejects.toThrow(
      'it has its destinations already',
    )
  })

  it('sealed with an old key still open while that key is kept', async () => {
    const [old, current] = await Promise.all([generateSealingKey(), generateSealingKey()])
    const sealed = await sealSecret(old.publicJwk, secret, context, [here])
    expect(reveal(await openSecret([current.privateJwk, old.privateJwk], sealed, context, here))).toBe(reveal(secret))
  })

  it('have a fingerprint that depends on the secret and on the key', () => {
    const [key, otherKey] = [randomBytes(32), randomBytes(32)]
    expect(fingerprint(key, secret)).toMatch(/^[0-9a-f]{8}$/)
    expect(fingerprint(key, secret)).toBe(fingerprint(key, new Secret(reveal(secret))))
    expect(fingerprint(key, secret)).not.toBe(fingerprint(key, new Secret('another')))
    expect(fingerprint(key, secret)).not.toBe(fingerprint(otherKey, secret))
  })
})
