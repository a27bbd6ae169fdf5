import { expect, it } from 'vitest'
import { chooseHost } from '@/lib/hosts/service'
import { missingTools } from '@/lib/hosts/view'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeHost } from '@/testing/factories'

const tool = (path: string | null) => ({
  tools: [{ command: 'mount.nfs', path, version: null, package: 'nfs-common', neededBy: ['nfs'] }],
})

it('lacks what a package would bring; what none brings, only for the type that needs it', () => {
  const lacking = (name: string | null) => ({
    tools: [{ command: 'wolfdisk', path: null, version: null, package: name, neededBy: ['wolfdisk'] }],
  })
  expect(missingTools(tool(null))).toEqual(['mount.nfs'])
  for (const none of [null, '(from the WolfDisk installer)']) {
    expect(missingTools(lacking(none))).toEqual([])
    expect(missingTools(lacking(none), 'wolfdisk')).toEqual(['wolfdisk'])
  }
})

testDatabases('the host to ask', (database) => {
  useTestApi(database)

  it('is one that has the tools of the type, this machine before others', async () => {
    const { prisma } = database
    await expect(chooseHost(undefined, 'nfs')).rejects.toMatchObject({ code: 'host_unreachable' })
    await makeHost(prisma, { name: 'away', observedStatus: 'offline', observedInfo: tool('/sbin/mount.nfs') })
    await makeHost(prisma, { name: 'here', isLocal: true, observedStatus: 'online', observedInfo: tool(null) })
    await makeHost(prisma, { name: 'other', observedStatus: 'online', observedInfo: tool('/sbin/mount.nfs') })
    expect((await chooseHost(undefined, 'nfs')).name).toBe('other')
    expect((await chooseHost(undefined, 'local-dir')).name).toBe('here')
    await prisma.host.updateMany({ where: { name: 'other' }, data: { observedStatus: 'offline' } })
    expect((await chooseHost(undefined, 'nfs')).name).toBe('here')
    await expect(chooseHost('hst_unknown', 'nfs')).rejects.toMatchObject({ code: 'invalid_input' })
  })
})
