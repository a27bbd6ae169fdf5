import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as list } from '@/app/api/v1/audit/route'
import { GET as verify } from '@/app/api/v1/audit/verify/route'
import { AuditVerdictView, AuditView } from '@/lib/audit/schema'
import { recordAudit } from '@/lib/audit/service'
import { systemActor } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

testDatabases('audit', (database) => {
  const api = useTestApi(database)
  const actor = systemActor('test')
  const record = (name: string) =>
    inTransaction((tx) =>
      recordAudit(tx, actor, {
        action: 'thing.changed',
        target: { kind: 'thing', id: `thing-${name}`, name },
        change: { zebra: 1, before: { b: [1, { y: null, x: 'ü' }], a: undefined }, at: new Date(0) },
      }),
    )
  const verdict = async (query = '') => (await api.call('admin', verify, 'GET', { query })).data(AuditVerdictView)
  /** The triggers that refuse changes are what a thief of the database would drop first. */
  async function tamper(sql: string): Promise<void> {
    await database.prisma.$transaction(async (tx) => {
      if (database.provider === 'postgresql') {
        await tx.$executeRawUnsafe('SET LOCAL session_replication_role = replica')
        await tx.$executeRawUnsafe(sql)
        return
      }
      const triggers = await tx.$queryRaw<{ name: string; sql: string }[]>`
        SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'AuditEntry'`
      for (const { name } of triggers) await tx.$executeRawUnsafe(`DROP TRIGGER "${name}"`)
      await tx.$executeRawUnsafe(sql)
      for (const trigger of triggers) await tx.$executeRawUnsafe(trigger.sql)
    })
  }

  it('chains entries that are written at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => record(String(i))))
    const found = await verdict()
    expect(found).toMatchObject({ intact: true, broken_at: null })
    expect(found.checked).toBeGreaterThanOrEqual(20)
    expect(found.head?.sequence).toBe(found.checked)
  })

  it('leaves nothing behind of a change that was rolled back', async () => {
    const before = await verdict()
    const failing = inTransaction(async (tx) => {
      await recordAudit(tx, actor, { action: 'thing.lost' })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await verdict()).toEqual(before)
  })

  it('lists in pages, newest first, and by filter', async () => {
    const first = await api.call('admin', list, 'GET', { query: 'limit=7&action=thing.changed' })
    const page = first.data(z.array(AuditView))
    const body = first.body as { total: number; nextCursor: string }
    expect(body.total).toBe(20)
    const next = await api.call('admin', list, 'GET', {
      query: `limit=7&action=thing.changed&cursor=${body.nextCursor}`,
    })
    const sequences = [...page, ...next.data(z.array(AuditView))].map((entry) => entry.sequence)
    expect(sequences).toEqual([...sequences].sort((a, b) => b - a))
    expect(new Set(sequences).size).toBe(14)
    const both = await api.call('admin', list, 'GET', {
      query: 'action=thing.changed,thing.lost&target_kind=none,thing',
    })
    expect(both.body).toMatchObject({ total: 20 })
    const others = await api.call('admin', list, 'GET', { query: 'action=thing.changed&target_kind=none,mount' })
    expect(others.body).toMatchObject({ total: 0 })
    const one = await api.call('admin', list, 'GET', { query: 'target_id=thing-3' })
    expect(one.body).toMatchObject({
      total: 1,
      data: [{ change: { zebra: 1, before: { b: [1, { y: null, x: 'ü' }] } } }],
    })
  })

  it('is append-only in the database itself', async () => {
    await expect(
      database.prisma.auditEntry.updateMany({ where: { sequence: 1 }, data: { actorName: 'x' } }),
    ).rejects.toThrow()
    await expect(database.prisma.auditEntry.deleteMany({ where: { sequence: 1 } })).rejects.toThrow()
  })

  it('notices a changed, a removed and a cut-off entry', async () => {
    const head = (await verdict()).head
    const anchor = `sequence=${head?.sequence}&hash=${head?.hash}`
    expect(await verdict(anchor)).toMatchObject({ intact: true })

    await tamper(`UPDATE "AuditEntry" SET "actorName" = 'somebody else' WHERE sequence = 5`)
    expect(await verdict()).toMatchObject({ intact: false, broken_at: 5, reason: 'Its content was changed.' })
    await tamper(`UPDATE "AuditEntry" SET "actorName" = 'test' WHERE sequence = 5`)
    expect(await verdict()).toMatchObject({ intact: true })

    await tamper(`DELETE FROM "AuditEntry" WHERE sequence = ${head?.sequence}`)
    expect(await verdict()).toMatchObject({ intact: true })
    expect(await verdict(anchor)).toMatchObject({ intact: false, broken_at: head?.sequence })

    await tamper('DELETE FROM "AuditEntry" WHERE sequence = 9')
    expect(await verdict()).toMatchObject({ intact: false, broken_at: 9, reason: 'This entry is missing.' })
  })
})
