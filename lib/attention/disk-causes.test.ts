import { expect, it } from 'vitest'
import { PATCH as changeRule } from '@/app/api/v1/alert-rules/[kind]/route'
import type { DiskMessage } from '@/lib/agent-protocol/disks'
import type { HostInfo } from '@/lib/agent-protocol/messages'
import { saveHostInfo } from '@/lib/controller/fleet/hosts-repository'
import { useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'
import { someDisk, toldDisks } from '@/testing/disks'

testDatabases('disks of hosts', (database) => {
  const { api, read, titles, host, clear } = useAttention(database)
  /** As the controller stores what a host told. */
  const tell = (hostId: string, ...disks: DiskMessage[]) =>
    saveHostInfo(database.prisma, hostId, { tools: [], disks: toldDisks(...disks) } as unknown as HostInfo, 0)

  it('that fail or are worn need attention, each by itself, and only while their host answers', async () => {
    await clear()
    const { id } = await host('store')
    const worn = someDisk({ name: 'nvme0n1', serial: 'N-1', model: null, protocol: 'nvme', wearPercent: 92 })
    await tell(id, someDisk({ passed: false, pending: 3 }), worn, someDisk({ serial: 'A-2', name: 'sdb', pending: 1 }))
    const all = [
      'critical store has a disk that says that it is failing: sda (ACME 4000)',
      'warning store has a disk that has a sector that cannot be read: sdb (ACME 4000)',
      'warning store has an SSD that has used up 92 % of its life: nvme0n1',
    ]
    expect(titles(await read()).toSorted()).toEqual(all)
    // After a restart the same disk has another name, and the cause is the one that it was.
    const before = (await read()).data.map((cause) => cause.id).toSorted()
    await tell(id, someDisk({ name: 'sdc', passed: false }), worn, someDisk({ serial: 'A-2', name: 'sda', pending: 1 }))
    expect((await read()).data.map((cause) => cause.id).toSorted()).toEqual(before)
    await database.prisma.host.update({ where: { id }, data: { observedStatus: 'offline' } })
    expect(titles(await read())).toEqual(['critical store does not answer'])
    await database.prisma.host.update({ where: { id }, data: { observedStatus: 'online' } })
    await tell(id, someDisk())
    expect(titles(await read())).toEqual([])
  })

  it('are worn from the percent on that is set', async () => {
    await clear()
    const { id } = await host('store')
    await tell(id, someDisk({ wearPercent: 60 }))
    expect(titles(await read())).toEqual([])
    const set = (body: object) => api.call('admin', changeRule, 'PATCH', { params: { kind: 'disk_worn' }, body })
    expect((await set({ warning: 50, critical: 100 })).status).toBe(400)
    expect((await set({ warning: 50 })).status).toBe(200)
    expect(titles(await read())).toEqual([
      'warning store has an SSD that has used up 60 % of its life: sda (ACME 4000)',
    ])
    await set({ warning: null })
  })

  it('stay as they were told while an agent that was started anew has not read them yet', async () => {
    await clear()
    const { id } = await host('store')
    await tell(id, someDisk({ passed: false }))
    await saveHostInfo(database.prisma, id, { tools: [] } as unknown as HostInfo, 0)
    expect(titles(await read())).toHaveLength(1)
    await tell(id)
    expect(titles(await read())).toEqual([])
  })
})
