import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as getHost } from '@/app/api/v1/hosts/[id]/route'
import { POST as update } from '@/app/api/v1/hosts/[id]/update-agent/route'
import { GET as listHosts } from '@/app/api/v1/hosts/route'
import { HostRow, HostView } from '@/lib/hosts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgentOptions } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const FILE = 'holdfast-agent-linux-x64.tar.gz'
const SHA256 = 'ab'.repeat(32)
const VERSION = '9.9.9'

testDatabases('the update of an agent', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  /** As the build leaves it on the disk of the controller, which tells the web process. */
  async function offer(version: string | null = VERSION): Promise<void> {
    const directory = path.join(fleet().directory, 'agent')
    mkdirSync(directory, { recursive: true })
    writeFileSync(path.join(directory, FILE), 'an archive')
    writeFileSync(path.join(directory, `${FILE}.sha256`), `${SHA256}  ${FILE}\n`)
    if (version === null) rmSync(path.join(directory, `${FILE}.version`), { force: true })
    else writeFileSync(path.join(directory, `${FILE}.version`), `${version}\n`)
    const value = { file: FILE, sha256: SHA256, version }
    await database.prisma.setting.upsert({
      where: { key: 'agent_package' },
      create: { key: 'agent_package', value },
      update: { value },
    })
  }

  async function online(options: Partial<FakeAgentOptions> = {}) {
    const agent = await fleet().addHost(options)
    await expect.poll(async () => (await viewOf(agent.hostId)).info?.hostname, { timeout: 10_000 }).toBe(agent.hostId)
    return agent
  }
  const viewOf = async (id: string) => (await api.call('viewer', getHost, 'GET', { params: { id } })).data(HostView)
  const press = (id: string) => api.call('admin', update, 'POST', { params: { id }, headers: { prefer: 'wait=30' } })

  it('is offered, sent with the checksum of the package, and over when the new one answers', async () => {
    await offer()
    const agent = await online()
    expect((await viewOf(agent.hostId)).agent_update).toMatchObject({
      version: VERSION,
      is_outdated: false,
      is_remote: true,
    })
    const answer = await press(agent.hostId)
    expect(answer.data(OperationView)).toMatchObject({ status: 'succeeded', result: { version: VERSION } })
    const sent = agent.calls.find(({ operation }) => operation === 'updateAgent')?.request
    expect(sent).toMatchObject({ resourceId: agent.hostId, file: FILE, sha256: SHA256, version: VERSION })
    expect(await viewOf(agent.hostId)).toMatchObject({ agent_version: VERSION, agent_update: null })
    expect((await api.call('operator', update, 'POST', { params: { id: agent.hostId } })).status).toBe(403)
  })

  it('of an agent of protocol 1 is told to be made by hand, and the host is said to need it', async () => {
    await offer()
    const agent = await online({ protocol: 1 })
    const view = await viewOf(agent.hostId)
    expect(view).toMatchObject({ agent_outdated: true, agent_update: { is_outdated: true, is_remote: false } })
    const { command } = view.agent_update ?? {}
    expect(command).toContain(`curl -fsSkO https://fleet.test:3001/v1/agent/${FILE}`)
    expect(command).toContain(`echo "${SHA256}  ${FILE}" | sha256sum -c --quiet`)
    expect(command).toMatch(/\.\/holdfast-agent\/holdfast-agent install$/)
    const rows = (await api.call('viewer', listHosts, 'GET')).data(z.array(HostRow))
    expect(rows.filter((row) => row.agent_outdated).map((row) => row.id)).toEqual([agent.hostId])
    expect((await press(agent.hostId)).problem()).toMatchObject({
      code: 'unsupported',
      detail: expect.stringContaining('on the host'),
    })
  })

  it('fails when what starts again is the old one', async () => {
    await offer()
    const agent = await online({
      handlers: {
        updateAgent: async () => ({ version: VERSION, startedAt: new Date(0).toISOString() }),
      },
    })
    expect((await press(agent.hostId)).problem().detail).toContain('still version 0.1.0')
  })

  it('is refused where there is no package that fits, and for the agent of this machine', async () => {
    await offer(null)
    const agent = await online()
    expect((await press(agent.hostId)).problem().code).toBe('unsupported')
    await offer()
    const other = await online({ info: { architecture: 'arm64' } })
    expect((await press(other.hostId)).problem().detail).toContain('arm64')
    await database.prisma.host.update({ where: { id: agent.hostId }, data: { isLocal: true } })
    expect((await viewOf(agent.hostId)).agent_update).toBeNull()
    expect((await press(agent.hostId)).problem().code).toBe('conflict')
    expect(agent.calls.some(({ operation }) => operation === 'updateAgent')).toBe(false)
  })
})
