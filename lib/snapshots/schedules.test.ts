import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as attentionRoute } from '@/app/api/v1/attention/route'
import {
  GET as readPoolSchedule,
  DELETE as removePoolSchedule,
  PUT as setPoolSchedule,
} from '@/app/api/v1/storage/pools/[id]/snapshot-schedule/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as cloneRoute } from '@/app/api/v1/volumes/[id]/clone/route'
import { GET as readVolumeRoute } from '@/app/api/v1/volumes/[id]/route'
import {
  GET as readSchedule,
  DELETE as removeSchedule,
  PUT as setSchedule,
} from '@/app/api/v1/volumes/[id]/snapshot-schedule/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import { CauseView } from '@/lib/attention/schema'
import { PoolView } from '@/lib/pools/schema'
import { PoolScheduleView, VolumeScheduleView } from '@/lib/snapshots/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const DAY_MS = 86_400_000
const DAILY = { rule: { repeat: 'daily', at: '02:30' }, time_zone: 'Europe/Vienna' }

testDatabases('snapshot schedules', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready() {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: `scheduled-${++counter}`, backend_id: backend.id, host_ids: [agent.hostId] }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    return { agent, pool: made.data(PoolView) }
  }
  const make = async (pool: PoolView, over: object) => {
    const body = { size: '1 GiB', ...over }
    const made = await api.call('operator', makeVolumeRoute, 'POST', { params: { id: pool.id }, body, headers: WAIT })
    return made.data(VolumeView)
  }
  const set = (id: string, body: object) => api.call('operator', setSchedule, 'PUT', { params: { id }, body })
  const schedule = async (id: string) =>
    (await api.call('viewer', readSchedule, 'GET', { params: { id } })).data(VolumeScheduleView)
  const volume = async (id: string) =>
    (await api.call('viewer', readVolumeRoute, 'GET', { params: { id } })).data(VolumeView)
  /** Looks at a time that is still to come, until that has shown. */
  const lookUntil = (what: string, at: Date, isSo: () => Promise<boolean>) =>
    waitFor(what, async () => {
      await fleet().controller.poolCare.look(at)
      return isSo()
    })
  const dueAt = async (id: string) => Date.parse((await schedule(id)).next_run_at ?? '')

  it('take what was missed once, keep as many as they say, what people took, and what was cloned from', async () => {
    const { pool } = await ready()
    const { id } = await make(pool, { name: 'kept' })
    const own = { params: { id }, body: { name: 'by-hand' }, headers: WAIT }
    await api.call('operator', snapshotRoute, 'POST', own)
    const answer = await set(id, { ...DAILY, keep: { last: 2 }, prefix: 'night' })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.data(VolumeScheduleView)).toMatchObject({
      from: 'volume',
      schedule: { enabled: true, time_zone: 'Europe/Vienna', keep: { last: 2, daily: 0 }, prefix: 'night' },
      pool_schedule: null,
      failures: 0,
    })
    const first = await dueAt(id)
    // Nobody looked for three days.
    const later = new Date(first + 3 * DAY_MS + 60_000)
    await lookUntil('the snapshot', later, async () => (await schedule(id)).last_run_at !== null)
    const [, taken] = (await volume(id)).snapshots
    expect(taken).toMatchObject({ is_ready: true, is_scheduled: true, name: expect.stringMatching(/^night-\d{4}-/) })
    expect(await dueAt(id)).toBe(first + 4 * DAY_MS)
    const cloned = { params: { id }, body: { name: 'child', snapshot_id: taken?.id }, headers: WAIT }
    expect((await api.call('operator', cloneRoute, 'POST', cloned)).status).toBe(201)
    for (let day = 4; day < 7; day++) {
      const due = new Date(first + day * DAY_MS)
      await lookUntil(
        `day ${day}`,
        due,
        async () => (await dueAt(id)) > due.getTime() && (await volume(id)).operation === null,
      )
    }
    const end = new Date(first + 6 * DAY_MS + 1)
    await lookUntil('what is too many to go', end, async () => (await volume(id)).snapshots.length === 4)
    const { snapshots } = await volume(id)
    expect(snapshots.map(({ name, is_scheduled }) => [name.slice(0, 7), is_scheduled])).toEqual([
      ['by-hand', false],
      ['night-2', true],
      ['night-2', true],
      ['night-2', true],
    ])
    const { kept } = await schedule(id)
    expect(kept).toEqual([
      { snapshot_id: snapshots[3]?.id, for: ['last'] },
      { snapshot_id: snapshots[2]?.id, for: ['last'] },
      { snapshot_id: taken?.id, for: ['clone'] },
    ])
    expect(fleet().audited).toContainEqual({
      action: 'volume.snapshot_deleted',
      change: expect.objectContaining({
        summary: expect.stringMatching(/^Delete snapshot night-.* of kept$/),
        volume: id,
      }),
    })
  })

  it('of a pool hold for the volumes that have none of their own', async () => {
    const { pool } = await ready()
    const [plain, own] = [await make(pool, { name: 'plain' }), await make(pool, { name: 'own' })]
    const raw = await make(pool, { name: 'raw', format: 'raw' })
    const body = { ...DAILY, keep: { last: 3 } }
    const params = { id: pool.id }
    expect((await api.call('operator', setPoolSchedule, 'PUT', { params, body })).status).toBe(200)
    await set(own.id, { rule: { repeat: 'hours', every: 12 }, enabled: false })
    expect((await set(raw.id, DAILY)).problem().detail).toContain('no snapshots')
    expect(await schedule(plain.id)).toMatchObject({ from: 'pool', schedule: { keep: { last: 3 } }, refuses: null })
    expect(await schedule(own.id)).toMatchObject({
      from: 'volume',
      next_run_at: null,
      pool_schedule: { keep: { last: 3 } },
    })
    expect(await schedule(raw.id)).toMatchObject({
      from: 'pool',
      next_run_at: null,
      refuses: expect.stringContaining('raw'),
    })
    const due = new Date((await dueAt(plain.id)) + 1)
    await lookUntil('its snapshot', due, async () => (await schedule(plain.id)).last_run_at !== null)
    const others = { volumeId: { in: [own.id, raw.id] } }
    expect(await database.prisma.snapshot.count({ where: others })).toBe(0)
    const read = await api.call('viewer', readPoolSchedule, 'GET', { params })
    expect(read.data(PoolScheduleView)).toMatchObject({ volume_count: 2, own_count: 1, failing_count: 0 })
    const back = await api.call('operator', removeSchedule, 'DELETE', { params: { id: own.id } })
    expect(back.data(VolumeScheduleView)).toMatchObject({ from: 'pool', next_run_at: expect.any(String) })
    const gone = await api.call('operator', removePoolSchedule, 'DELETE', { params })
    expect(gone.data(PoolScheduleView)).toMatchObject({ schedule: null, next_run_at: null, volume_count: 0 })
    // What was taken stays, and nothing is due any more.
    await fleet().controller.poolCare.look(new Date(due.getTime() + 30 * DAY_MS))
    expect(await database.prisma.snapshot.count({ where: { volumeId: plain.id } })).toBe(1)
    expect(await schedule(plain.id)).toMatchObject({ from: null, next_run_at: null, kept: [] })
  })

  it('that fail say why, need attention, and go on', async () => {
    const { agent, pool } = await ready()
    const { id } = await make(pool, { name: 'failing' })
    await set(id, DAILY)
    const due = new Date((await dueAt(id)) + 1)
    agent.simulatedJobs.isDriven = true
    await lookUntil('the work', due, async () => (await volume(id)).operation !== null)
    const operation = (await volume(id)).operation?.id ?? ''
    await waitFor('the job', () => agent.simulatedJobs.find(operation))
    agent.simulatedJobs.end(operation, { error: { code: 'disk_full', message: 'No space left on the storage.' } })
    agent.simulatedJobs.isDriven = false
    await lookUntil('the failure', due, async () => (await schedule(id)).failures === 1)
    const failed = await schedule(id)
    expect(failed.error).toContain('No space left')
    // Tried again soon, and not only when the next one is due.
    expect(Date.parse(failed.next_run_at ?? '') - due.getTime()).toBeLessThan(DAY_MS / 2)
    expect((await volume(id)).snapshots).toEqual([])
    const causes = async () => (await api.call('viewer', attentionRoute, 'GET')).data(z.array(CauseView))
    expect(await causes()).toContainEqual(
      expect.objectContaining({
        kind: 'volume',
        severity: 'warning',
        title: expect.stringMatching(/failing: no snapshot was taken by its schedule: No space left/),
      }),
    )
    const again = new Date(Date.parse(failed.next_run_at ?? '') + 1)
    await lookUntil('the next one', again, async () => (await schedule(id)).last_run_at !== null)
    expect(await schedule(id)).toMatchObject({ failures: 0, error: null, failed_since: null })
    expect((await causes()).filter(({ kind }) => kind === 'volume')).toEqual([])
  })
})
