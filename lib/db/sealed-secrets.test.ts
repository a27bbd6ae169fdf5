import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fingerprint, generateSealingKey, openSecret, sealSecret } from '@/lib/db/sealed-secrets'
import { reveal, Secret } from '@/lib/secret'

const context = { ownerId: 'bkd_1', field: 'secret_key' }
const secret = new Secret('not-a-real-secret-äöü')

describe('sealed secrets', () => {
  it('open with the private key and for their own context only', async () => {
    const key = await generateSealingKey()
    const sealed = await sealSecret(key.publicJwk, secret, context)
    expect(reveal(await openSecret([key.privateJwk], sealed, context))).toBe('not-a-real-secret-äöü')
    await expect(openSecret([key.privateJwk], sealed, { ...context, field: 'access_key' })).rejects.toThrow(
      'sealed for something else',
    )
    await expect(openSecret([key.privateJwk], sealed, { ...context, ownerId: 'bkd_2' })).rejects.toThrow(
      'sealed for something else',
    )
  })

  it('are JWE with ECDH-ES, A256GCM and the key id, and never the same twice', async () => {
    const { publicJwk } = await generateSealingKey()
    const [first, second] = await Promise.all([
      sealSecret(publicJwk, secret, context),
      sealSecret(publicJwk, secret, context),
    ])
    const header = JSON.parse(Buffer.from(first.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: publicJwk.kid })
    expect(first).not.toBe(second)
  })

  it('cannot be opened with the public key, another key, or after a change', async () => {
    const key = await generateSealingKey()
    const other = await generateSealingKey()
    const sealed = await sealSecret(key.publicJwk, secret, context)
    await expect(openSecret([key.publicJwk], sealed, context)).rejects.toThrow('cannot be opened')
    await expect(openSecret([other.privateJwk], sealed, context)).rejects.toThrow('does not have its key')
    const forged = { ...other.privateJwk, kid: key.privateJwk.kid ?? '' }
    await expect(openSecret([forged], sealed, context)).rejects.toThrow('it is damaged')

    const parts = sealed.split('.')
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())
    const moved = { ...header, ctx: JSON.stringify(['bkd_2', 'secret_key']) }
    parts[0] = Buffer.from(JSON.stringify(moved)).toString('base64url')
    await expect(
      openSecret([key.privateJwk], parts.join('.'), { ownerId: 'bkd_2', field: 'secret_key' }),
    ).rejects.toThrow('it is damaged')
  })

  it('sealed with an old key still open while that key is kept', async () => {
    const [old, current] = await Promise.all([generateSealingKey(), generateSealingKey()])
    const sealed = await sealSecret(old.publicJwk, secret, context)
    expect(reveal(await openSecret([current.privateJwk, old.privateJwk], sealed, context))).toBe(reveal(secret))
  })

  it('have a fingerprint that depends on the secret and on the key', () => {
    const [key, otherKey] = [randomBytes(32), randomBytes(32)]
    expect(fingerprint(key, secret)).toMatch(/^[0-9a-f]{8}$/)
    expect(fingerprint(key, secret)).toBe(fingerprint(key, new Secret(reveal(secret))))
    expect(fingerprint(key, secret)).not.toBe(fingerprint(key, new Secret('another')))
    expect(fingerprint(key, secret)).not.toBe(fingerprint(otherKey, secret))
  })
})
