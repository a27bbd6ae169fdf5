import { expect, it, vi } from 'vitest'
import { GET as hostHistory } from '@/app/api/v1/hosts/[id]/history/route'
import { GET as consumers } from '@/app/api/v1/storage/mounts/[id]/consumers/route'
import { GET as history } from '@/app/api/v1/storage/mounts/[id]/history/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { eventOf } from '@/lib/controller/resources/mounts/mount-events'
import type { StoredMount } from '@/lib/controller/resources/mounts/observed-repository'
import { prune, readRetention } from '@/lib/controller/settings-repository'
import { MountConsumersView, MountEventView, MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

const SEEN: StoredMount = {
  id: 'mnt_1',
  hostId: 'hst_1',
  observedState: 'mounted',
  observedGeneration: 1,
  observedSince: null,
  observedError: null,
  observedProblem: null,
  observedValues: null,
  observedSaid: null,
  observedProven: true,
  observedOptions: 'rw,nosuid',
  observedPlace: null,
  usage: null,
  uploadsStalledSince: null,
  node: null,
}

it.each<[string, StoredMount | undefined, Partial<StoredMount>, object | null]>([
  ['the first sight of a mount', undefined, {}, { state: 'mounted' }],
  ['nothing where nothing was', undefined, { observedState: 'absent', observedOptions: null }, null],
  ['the same again', SEEN, {}, null],
  ['a state on the way', SEEN, { observedState: 'unmounting' }, null],
  [
    'another state',
    SEEN,
    { observedState: 'hung', observedProblem: 'mount.hung' },
    { state: 'hung', problem: 'mount.hung' },
  ],
  ['an error that comes up', SEEN, { observedError: 'no' }, { error: 'no' }],
  ['the same error in other words', { ...SEEN, observedError: 'pid 1' }, { observedError: 'pid 2' }, null],
  ['other options', SEEN, { observedOptions: 'ro,nosuid' }, { error: 'Options in force: ro,nosuid' }],
  ['other options of a new wish', SEEN, { observedOptions: 'ro,nosuid', observedGeneration: 2 }, null],
])('history: %s', (_case, before, over, expected) => {
  const event = eventOf(before, { ...SEEN, ...over })
  if (expected === null) expect(event).toBeNull()
  else expect(event).toMatchObject(expected)
})

testDatabases('the history of a mount', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('tells what was seen on each host, page by page, and ends after 90 days', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    const backend = await makeBackend(database.prisma)
    const body = { name: 'remembered', backend_id: backend.id, host_ids: [one.hostId, two.hostId] }
    const made = await api.call('operator', create, 'POST', { body, headers: { prefer: 'wait=20' } })
    const { id } = made.data(MountView)
    const read = async (query = '') => {
      const answer = await api.call('viewer', history, 'GET', { params: { id }, query })
      return { ...(answer.body as { total: number; nextCursor?: string }), events: answer.data(MountEventView.array()) }
    }
    one.change(id, {
      state: 'hung',
      error: { code: 'backend_unreachable', message: 'It does not answer.', problem: 'mount.hung' },
    })
    await expect.poll(async () => (await read()).total, { timeout: 40_000 }).toBe(3)
    one.change(id, { state: 'mounted', error: null })
    await expect.poll(async () => (await read()).total, { timeout: 40_000 }).toBe(4)

    const mine = await read(`host_id=${one.hostId}`)
    expect(mine.events.map((event) => event.state)).toEqual(['mounted', 'hung', 'mounted'])
    // From an agent that sends words only.
    expect(mine.events[1]).toMatchObject({
      message: 'The storage does not answer.',
      problem: 'mount.hung',
      advice: expect.any(String),
      explanation: { id: 'mount.hung', said: 'It does not answer.' },
    })
    const first = await read('limit=3')
    expect(first.events).toHaveLength(3)
    const rest = await read(`limit=3&cursor=${first.nextCursor}`)
    expect(rest.events).toHaveLength(1)
    expect(rest.nextCursor).toBeUndefined()

    await database.prisma.mountEvent.updateMany({
      where: { mountId: id, hostId: two.hostId },
      data: { at: new Date(Date.now() - 91 * 86_400_000) },
    })
    await prune(database.prisma, new Date(), await readRetention(database.prisma))
    expect((await read()).total).toBe(3)
    const onHost = await api.call('viewer', hostHistory, 'GET', { params: { id: one.hostId } })
    expect(onHost.data(MountEventView.array()).map((event) => [event.mount_name, event.state])).toEqual([
      ['remembered', 'mounted'],
      ['remembered', 'hung'],
      ['remembered', 'mounted'],
    ])
    expect((await api.call('viewer', history, 'GET', { params: { id: 'mnt_none' } })).status).toBe(404)
  })

  it('asks the host who uses the mount now', async () => {
    const [one, other] = [await fleet().addHost(), await fleet().addHost()]
    const backend = await makeBackend(database.prisma)
    const body = { name: 'used', backend_id: backend.id, host_ids: [one.hostId] }
    const made = await api.call('operator', create, 'POST', { body, headers: { prefer: 'wait=20' } })
    const { id } = made.data(MountView)
    const ask = (query: string) => api.call('viewer', consumers, 'GET', { params: { id }, query })
    expect((await ask(`host_id=${one.hostId}`)).data(MountConsumersView)).toMatchObject({
      host_id: one.hostId,
      consumers: [{ pid: 812, name: 'ffmpeg', via: ['file'], owner: { kind: 'docker', name: 'jellyfin' } }],
    })
    expect((await ask(`host_id=${other.hostId}`)).status).toBe(404)
    expect((await ask('')).problem().fields?.[0]?.field).toBe('host_id')
    one.setFault({ kind: 'refuse', code: 'timed_out', message: 'Too slow.' }, 'inspectMount')
    expect((await ask(`host_id=${one.hostId}`)).problem()).toMatchObject({ code: 'timed_out', detail: 'Too slow.' })
  })
})
