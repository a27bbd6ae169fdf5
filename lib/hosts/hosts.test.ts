import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as ready } from '@/app/api/health/ready/route'
import { GET as events } from '@/app/api/v1/events/route'
import { POST as installTools } from '@/app/api/v1/hosts/[id]/install-tools/route'
import { POST as refresh } from '@/app/api/v1/hosts/[id]/refresh/route'
import { POST as revoke } from '@/app/api/v1/hosts/[id]/revoke/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/hosts/[id]/route'
import { POST as enroll } from '@/app/api/v1/hosts/enroll/route'
import { GET as list } from '@/app/api/v1/hosts/route'
import { POST as cancel } from '@/app/api/v1/operations/[id]/cancel/route'
import { GET as getOperation } from '@/app/api/v1/operations/[id]/route'
import { GET as listOperations } from '@/app/api/v1/operations/route'
import { publishChanged } from '@/lib/events/process-bus'
import { HostRow, HostView, JoinInstructions } from '@/lib/hosts/schema'
import { isHost, markLocalHost, setLocalAgentFault } from '@/lib/hosts/service'
import { newId } from '@/lib/ids'
import { OperationRow, OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeHost, makeMount } from '@/testing/factories'

const WAIT = { prefer: 'wait=20' }

testDatabases('hosts and operations', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('is ready while a controller leads', async () => {
    await expect.poll(async () => (await api.call('nobody', ready, 'GET')).status).toBe(200)
    await database.prisma.lease.updateMany({ where: { name: 'controller/lead' }, data: { expiresAt: new Date(0) } })
    const answer = await api.call('nobody', ready, 'GET')
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ ready: false, checks: { database: 'ok', migrations: 'ok' } })
  })

  it('makes a join token that is stored only as its hash, and the command for it', async () => {
    const made = await api.call('admin', enroll, 'POST', { body: { name: 'node-1', labels: { rack: 'a' } } })
    const { token, command, ca_fingerprint } = made.data(JoinInstructions)
    expect(command).toBe(`holdfast-agent join https://fleet.test:3001 ${token} --ca ${ca_fingerprint}`)
    expect(JSON.stringify(await database.prisma.joinToken.findMany())).not.toContain(token)
    expect(JSON.stringify(await database.prisma.auditEntry.findMany())).not.toContain(token)
    const bad = await api.call('admin', enroll, 'POST', { body: { name: 'no spaces' } })
    expect(bad.problem().fields?.[0]?.field).toBe('name')
  })

  it('lists hosts with their mounts counted, and shows what the agent told', async () => {
    const agent = await fleet().addHost({ info: { tools: [missing('rclone'), missing('nobody-needs-it', [])] } })
    await makeMount(database.prisma, { hostIds: [agent.hostId] })
    await expect.poll(async () => (await read(agent.hostId)).status).toBe('online')
    // Its facts are asked for when it is online.
    await expect.poll(async () => (await read(agent.hostId)).privilege, { timeout: 10_000 }).toBe('root')
    const rows = (await api.call('viewer', list, 'GET', { query: 'status=online' })).data(z.array(HostRow))
    expect(rows.find((row) => row.id === agent.hostId)).toMatchObject({
      mounts: { wanted: 1 },
      missing_tools: ['rclone'],
      privilege: 'root',
    })
    expect((await read(agent.hostId)).info?.hostname).toBe(agent.hostId)
  })

  function missing(command: string, neededBy = ['s3']) {
    return { command, path: null, version: null, package: command, neededBy }
  }
  const read = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(HostView)

  it('filters by any of several states, and by labels', async () => {
    const labelled = async (labels: Record<string, string>) => (await makeHost(database.prisma, { labels })).id
    const berlin = await labelled({ place: 'berlin', tier: 'gold' })
    const paris = await labelled({ place: 'paris, north', tier: 'gold' })
    const oslo = await labelled({ place: 'oslo' })
    const idsFor = async (query: string) => {
      const rows = (await api.call('viewer', list, 'GET', { query })).data(z.array(HostRow))
      return rows.map(({ id }) => id).filter((id) => [berlin, paris, oslo].includes(id))
    }
    const states = 'status=online,offline,error,unknown'
    expect(await idsFor(`${states}&label=place=berlin,place=oslo`)).toEqual([berlin, oslo])
    // The comma of a value is written %2C, and that again for the address.
    expect(await idsFor('label=place=berlin,place=paris%252C north,place=oslo,tier=gold')).toEqual([berlin, paris])
    expect(await idsFor('label=place=rome')).toEqual([])
    expect((await api.call('viewer', list, 'GET', { query: 'label=place' })).status).toBe(400)
    expect((await api.call('viewer', list, 'GET', { query: 'status=' })).status).toBe(400)
  })

  it('changes, revokes and then deletes a host', async () => {
    const { id, name } = await makeHost(database.prisma)
    const other = await makeHost(database.prisma)
    const patch = (body: unknown) => api.call('admin', PATCH, 'PATCH', { params: { id }, body })
    expect((await patch({ labels: { zone: 'b' } })).data(HostView).labels).toEqual({ zone: 'b' })
    expect((await patch({ name: other.name })).problem().detail).toBe(`Host '${other.name}' already exists`)
    expect((await patch({ address: 'no port' })).problem().fields?.[0]?.field).toBe('address')
    const remove = () => api.call('admin', DELETE, 'DELETE', { params: { id } })
    expect((await remove()).problem().detail).toContain('Revoke the host first')
    const revoked = await api.call('admin', revoke, 'POST', { params: { id } })
    expect(revoked.data(HostView).revoked_at).not.toBeNull()
    expect((await remove()).status).toBe(200)
    const actions = await database.prisma.auditEntry.findMany({ where: { targetId: id }, orderBy: { sequence: 'asc' } })
    expect(actions.map((entry) => entry.action)).toEqual(['host.updated', 'host.revoked', 'host.deleted'])
    expect(actions.at(-1)?.targetName).toBe(name)
  })

  it('marks the host of this machine once', async () => {
    const { id } = await makeHost(database.prisma)
    await markLocalHost(id, '127.0.0.1:3002')
    await markLocalHost(id, '127.0.0.1:3002')
    expect(await read(id)).toMatchObject({ is_local: true, address: '127.0.0.1:3002' })
    expect(await database.prisma.auditEntry.count({ where: { targetId: id } })).toBe(1)
  })

  it('knows one host as this machine, and says what keeps its agent from running for as long as it does not answer', async () => {
    const [earlier, now] = [await makeHost(database.prisma), await makeHost(database.prisma)]
    await markLocalHost(earlier.id, '127.0.0.1:3002')
    await markLocalHost(now.id, '127.0.0.1:3002')
    expect(await isHost(now.id)).toBe(true)
    expect(await isHost('hst_of_another_database')).toBe(false)
    await setLocalAgentFault('journal.db cannot be opened.')
    expect(await read(earlier.id)).toMatchObject({ is_local: false, error: null })
    expect(await read(now.id)).toMatchObject({ is_local: true, error: 'journal.db cannot be opened.' })
    const rows = (await api.call('viewer', list, 'GET')).data(z.array(HostRow))
    expect(rows.find((row) => row.id === now.id)?.error).toBe('journal.db cannot be opened.')
    await database.prisma.host.update({ where: { id: now.id }, data: { observedStatus: 'online' } })
    expect((await read(now.id)).error).toBeNull()
    await database.prisma.host.update({ where: { id: now.id }, data: { observedStatus: 'offline' } })
    await setLocalAgentFault(null)
    expect((await read(now.id)).error).toBeNull()
  })

  it('installs tools and refreshes as operations with a log', async () => {
    const agent = await fleet().addHost()
    const params = { id: agent.hostId }
    const body = { commands: ['rclone'] }
    const answer = await api.call('admin', installTools, 'POST', { params, body, headers: WAIT })
    const operation = answer.data(OperationView)
    expect(operation).toMatchObject({ status: 'succeeded', title: 'Install tools', target: { kind: 'host' } })
    expect(operation.lines.map((line) => line.message)).toContain('Installing rclone')
    const later = await api.call('operator', refresh, 'POST', { params })
    expect(later.status).toBe(202)
    const { id } = later.data(OperationView)
    const ended = await api.call('viewer', getOperation, 'GET', { params: { id }, headers: WAIT })
    expect(ended.data(OperationView).status).toBe('succeeded')
    const asked = async (query: string) =>
      (await api.call('viewer', listOperations, 'GET', { query: `target_id=${agent.hostId}&${query}` })).body as {
        total: number
      }
    const { total } = await asked('limit=1')
    expect(await asked('kind=host.refresh,host.install_tools,host.update_agent,host.existing_mounts')).toMatchObject({
      total,
    })
    expect(await asked('status=queued,running,paused,succeeded,failed,partial,cancelled')).toMatchObject({ total })
    expect(await asked('kind=backend.test,mount.apply')).toMatchObject({ total: 0 })
    const listed = await api.call('viewer', listOperations, 'GET', { query: `target_id=${agent.hostId}&limit=1` })
    expect(listed.data(z.array(OperationRow)).map((row) => row.id)).toEqual([id])
    expect(listed.body).toMatchObject({ total: 2, nextCursor: id })
  })

  it('cancels what has not begun, and only that', async () => {
    // Nobody takes a kind that does not exist.
    const id = newId('operation')
    const lockedUntil = new Date(Date.now() + 60_000)
    const row = { id, kind: 'host.refresh', requestedBy: 'test', status: 'running', lockedUntil } as const
    await database.prisma.operation.create({ data: row })
    const ask = () => api.call('operator', cancel, 'POST', { params: { id } })
    expect((await ask()).problem().detail).toContain('has begun')
    await fleet().stop()
    await database.prisma.operation.update({ where: { id }, data: { status: 'queued' } })
    const both = await Promise.all([ask(), ask()])
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 409])
    expect((await api.call('viewer', getOperation, 'GET', { params: { id } })).data(OperationView).status).toBe(
      'cancelled',
    )
  })

  it('streams changes to those who may know of them, and ends when the reader goes', async () => {
    const stop = new AbortController()
    const headers = { authorization: `Bearer ${await api.token('viewer')}` }
    const response = await events(new Request('http://x.test/api/v1/events', { headers, signal: stop.signal }))
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    publishChanged('token', 'tok_hidden')
    publishChanged('backend', 'bkd_seen')
    publishChanged('backend', 'bkd_seen')
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk)
      if (text.includes('bkd_seen')) stop.abort()
    }
    expect(text.match(/bkd_seen/g)).toHaveLength(1)
    expect(text).toContain('event: change\ndata: {"topic":"backend","id":"bkd_seen"}\n\n')
    expect(text).not.toContain('tok_hidden')
  })
})
