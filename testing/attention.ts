import { GET } from '@/app/api/v1/attention/route'
import { AttentionView, type CauseView } from '@/lib/attention/schema'
import type { Prisma } from '@/lib/db/client'
import { useTestApi } from '@/testing/api'
import type { TestDatabaseHandle } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

/** As mounts on hosts may be seen. */
export const SILENT = {
  observedState: 'hung',
  observedError: 'It does not answer.',
  observedProblem: 'mount.hung',
} as const

/** Hosts, storages and mounts as they were seen, and what is said of them, for the tests of one block. */
export function useAttention(database: TestDatabaseHandle) {
  const api = useTestApi(database)
  const read = async (query = '') => AttentionView.parse((await api.call('viewer', GET, 'GET', { query })).body)
  const titles = (view: AttentionView) => view.data.map(({ severity, title }) => `${severity} ${title}`)
  const cause = (view: AttentionView, start: string): CauseView => {
    const found = view.data.find(({ title }) => title.startsWith(start))
    if (!found) throw new Error(`nothing begins with ${start}: ${titles(view).join(' / ')}`)
    return found
  }
  const host = (name: string, over: Partial<Prisma.HostUncheckedCreateInput> = {}) =>
    makeHost(database.prisma, { name, observedStatus: 'online', ...over })
  const nfs = (name: string, server: string, over: Partial<Prisma.BackendUncheckedCreateInput> = {}) =>
    makeBackend(database.prisma, {
      name,
      driver: 'nfs',
      config: { server, export_path: `/${name}` },
      source: `${server}:/${name}`,
      ...over,
    })
  /** A mount that its hosts have carried out, and show like this. */
  async function mount(
    name: string,
    backendId: string,
    seen: Record<string, Prisma.MountOnHostUncheckedUpdateInput>,
    over: Partial<Prisma.MountUncheckedCreateInput> = {},
  ): Promise<string> {
    const { id } = await makeMount(database.prisma, { name, backendId, hostIds: Object.keys(seen), ...over })
    for (const [hostId, data] of Object.entries(seen)) await show(id, hostId, data)
    return id
  }
  const show = (mountId: string, hostId: string, data: Prisma.MountOnHostUncheckedUpdateInput) =>
    database.prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId, hostId } },
      data: { observedGeneration: 1, observedState: 'mounted', observedAt: new Date(), ...data },
    })
  async function clear() {
    const { prisma } = database
    await prisma.acknowledgement.deleteMany()
    await prisma.mount.deleteMany()
    await prisma.backend.deleteMany()
    await prisma.host.deleteMany()
  }
  return { api, read, titles, cause, host, nfs, mount, show, clear }
}
