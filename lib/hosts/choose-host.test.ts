import { expect, it } from 'vitest'
import { chooseHost } from '@/lib/hosts/service'
import { useTestApi } from '@/lib/testing/api'
import { testDatabases } from '@/lib/testing/database'
import { makeHost } from '@/lib/testing/factories'

const tool = (path: string | null) => ({
  tools: [{ command: 'mount.nfs', path, version: null, package: 'nfs-common', neededBy: ['nfs'] }],
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
