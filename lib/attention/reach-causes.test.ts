import { expect, it } from 'vitest'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

testDatabases('what could not be opened again', (database) => {
  const { read, titles, host, nfs, mount, show, clear } = useAttention(database)
  const REFUSED = {
    checkedAt: new Date(),
    checkedGeneration: 1,
    failedLayer: 'target',
    failures: 2,
    since: new Date('2026-11-30T02:00:00Z'),
    observedError: 'Refused.',
    observedProblem: 'nfs.export_denied',
  }

  it('is told of what works where it is, once for all its hosts, until it is known to be down', async () => {
    await clear()
    const { prisma } = database
    const [one, two, idle] = [await host('web-1'), await host('web-2'), await host('idle')]
    const backend = await nfs('films', 'nas.example.org')
    const mounted = await mount('films', backend.id, { [one.id]: {}, [two.id]: {} })
    const rows = [one, two, idle].map(({ id: hostId }) => ({ ...REFUSED, backendId: backend.id, hostId }))
    await prisma.reach.createMany({ data: rows })
    const view = await read()
    expect(titles(view)).toEqual([expect.stringMatching(/^warning films works, and could not be opened again: \S/)])
    expect(view.data[0]).toMatchObject({
      kind: 'storage',
      remedy: null,
      since: '2026-11-30T02:00:00.000Z',
      advice: expect.any(String),
      reach: { hosts: { total: 2 }, backends: { total: 1 } },
    })
    for (const { id } of [one, two]) await show(mounted, id, SILENT)
    expect(titles(await read())).toEqual(['critical films: The storage does not answer.'])
  })

  it.each([
    ['one failure, which may be a moment’s', { failures: 1 }],
    ['what was checked with other settings', { checkedGeneration: 0 }],
    ['what the host lacks', { failedLayer: 'tools' }],
  ])('is not told of %s', async (name, change) => {
    await clear()
    const [{ id: hostId }, { id: backendId }] = [await host('web-1'), await nfs('films', 'nas.example.org')]
    await mount(name, backendId, { [hostId]: {} })
    await database.prisma.reach.create({ data: { ...REFUSED, ...change, backendId, hostId } })
    expect(titles(await read())).toEqual([])
  })
})
