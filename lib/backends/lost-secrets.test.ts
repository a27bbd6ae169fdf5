import { expect, it } from 'vitest'
import { systemActor } from '@/lib/auth/actor'
import { forgetLostSecrets } from '@/lib/backends/lost-secrets'
import { sealingKeysInUse } from '@/lib/controller/settings-repository'
import { generateSealingKey, sealSecret } from '@/lib/db/sealed-secrets'
import { Secret } from '@/lib/secret'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

testDatabases('secrets whose key is lost', (database) => {
  useTestApi(database)

  it('are deleted and audited, and those that can be opened stay', async () => {
    const { prisma } = database
    const [kept, lost] = [await generateSealingKey(), await generateSealingKey()]
    const [whole, half] = [await makeBackend(prisma), await makeBackend(prisma)]
    for (const [{ id: ownerId }, field, key] of [
      [whole, 'password', kept],
      [half, 'password', kept],
      [half, 'token', lost],
    ] as const) {
      const sealed = await sealSecret(key.publicJwk, new Secret('not-a-real-one'), { ownerId, field }, [])
      await prisma.backendSecret.create({ data: { backendId: ownerId, field, sealed, fingerprint: '00000000' } })
    }
    await prisma.backendSecret.create({
      data: { backendId: whole.id, field: 'torn', sealed: 'torn', fingerprint: '0' },
    })
    const keyId = kept.publicJwk.kid ?? ''
    expect(await sealingKeysInUse(prisma)).toEqual(new Set([keyId, lost.publicJwk.kid, 'unknown']))
    expect(await forgetLostSecrets(systemActor('command line'), new Set([keyId]))).toBe(2)
    const left = await prisma.backendSecret.findMany({ select: { backendId: true, field: true } })
    expect(left).toHaveLength(2)
    expect(left).toEqual(
      expect.arrayContaining([
        { backendId: whole.id, field: 'password' },
        { backendId: half.id, field: 'password' },
      ]),
    )
    const entries = await prisma.auditEntry.findMany({ where: { action: 'backend.secrets_forgotten' } })
    expect(entries.map(({ targetId }) => targetId).sort()).toEqual([whole.id, half.id].sort())
    expect(await forgetLostSecrets(systemActor('command line'), new Set([keyId]))).toBe(0)
  })
})
