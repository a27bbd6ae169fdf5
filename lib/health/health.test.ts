import { expect, it, vi } from 'vitest'
import { GET as health } from '@/app/api/v1/system/health/route'
import { HealthView } from '@/lib/health/schema'
import { newId } from '@/lib/ids'
import * as installation from '@/lib/installation/repository'
import { forgetProbe } from '@/lib/installation/write-probe'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { startTestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

testDatabases('the health of Holdfast', (database) => {
  const api = useTestApi(database)
  const read = async () => (await api.call('operator', health, 'GET')).data(HealthView)
  const check = (view: HealthView, id: string) => view.checks.find((one) => one.id === id)
  const factOf = (view: HealthView, id: string, name: string) =>
    check(view, id)?.facts.find((fact) => fact.name === name)?.value

  it('is told by the controller while it runs, and missed when it does not', async () => {
    const before = await read()
    expect(check(before, 'controller')).toMatchObject({ state: 'failing', facts: [] })
    expect(check(before, 'certificates')).toMatchObject({ state: 'unknown' })
    expect(before.state).toBe('failing')

    const fleet = await startTestFleet(database)
    await fleet.addHost()
    // A host that is being asked already is left out of a round.
    await waitFor('a round with the host', async () => (await fleet.controller.sweep.round()).answered === 1)
    await fleet.controller.pulse.beat()
    const during = await read()
    for (const id of ['operations', 'certificates', 'secrets'])
      expect(check(during, id), id).toMatchObject({ state: 'ok', advice: null })
    // A busy machine makes them late.
    for (const id of ['controller', 'database']) expect(['ok', 'attention'], id).toContain(check(during, id)?.state)
    expect(factOf(during, 'controller', 'Hosts that answered')).toBe('1 of 1')
    expect(factOf(during, 'controller', 'Memory')).toBeGreaterThan(1_000_000)
    expect(factOf(during, 'certificates', 'Authority until')).toBe(fleet.controller.ca.notAfter.toISOString())
    expect(factOf(during, 'database', 'Provider')).toMatch(
      database.provider === 'sqlite' ? /^SQLite \d/ : /^PostgreSQL \d/,
    )
    expect(factOf(during, 'database', 'Size')).toBeGreaterThan(10_000)
    expect(factOf(during, 'database', 'Last migration')).toMatch(/^\d{14}_/)
    expect(Date.parse(String(factOf(during, 'database', 'Migrated')))).toBeGreaterThan(Date.parse('2026-01-01'))
    expect(factOf(during, 'hosts', 'Hosts')).toBe(1)

    await fleet.stop()
    const after = await read()
    expect(check(after, 'controller')).toMatchObject({ state: 'failing' })
    expect(await database.prisma.setting.count({ where: { key: { startsWith: 'controller_pulse/' } } })).toBe(0)
  })

  it('shows an operation that waits, and a database that takes no write', async () => {
    await database.prisma.operation.create({
      data: {
        id: newId('operation'),
        kind: 'mount.sync',
        requestedBy: 'test',
        createdAt: new Date(Date.now() - 3_600_000),
      },
    })
    forgetProbe()
    const write = vi.spyOn(installation, 'writeProbe').mockRejectedValue(new Error('no'))
    try {
      const view = await read()
      expect(check(view, 'operations')).toMatchObject({ state: 'failing', summary: expect.stringContaining('1 h') })
      expect(check(view, 'database')).toMatchObject({ state: 'failing', advice: expect.any(String) })
    } finally {
      write.mockRestore()
      forgetProbe()
    }
  })

  it('is not for viewers', async () => {
    expect((await api.call('viewer', health, 'GET')).status).toBe(403)
  })
})
