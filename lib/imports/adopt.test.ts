import { expect, it } from 'vitest'
import { POST as adopt } from '@/app/api/v1/hosts/[id]/existing-mounts/adopt/route'
import { GET as look } from '@/app/api/v1/hosts/[id]/existing-mounts/route'
import { GET as getMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as makePlan } from '@/app/api/v1/storage/plans/route'
import type { ForeignMounts } from '@/lib/agent-protocol/messages'
import { ExistingMountsView } from '@/lib/imports/existing-schema'
import { MountView } from '@/lib/mounts/schema'
import { PlanView } from '@/lib/plans/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

const SECRET = 'canary-password-of-an-adoption'
const TAIL = 'hTail7'
const PLACE = { options: ['rw'], superOptions: ['rw'], bindOf: null, isStacked: false, denied: null }
const FOUND: ForeignMounts = {
  mounts: [
    { ...PLACE, mountPoint: '/mnt/films', fsType: 'nfs4', source: 'nas:/export/films' },
    { ...PLACE, mountPoint: '/mnt/smb', fsType: 'cifs', source: '//nas/media', superOptions: ['username=bob'] },
    { ...PLACE, mountPoint: '/mnt/rclone', fsType: 'fuse.rclone', source: 'wasabi:films' },
    { ...PLACE, mountPoint: '/mnt/music', fsType: 'nfs4', source: 'nas:/export/music' },
  ],
  fstab: [
    {
      line: 7,
      text: 'nas:/export/films /mnt/films nfs defaults 0 0',
      source: 'nas:/export/films',
      mountPoint: '/mnt/films',
      fsType: 'nfs',
      options: ['defaults'],
      denied: null,
    },
    {
      line: 8,
      text: 'nas:/export/later /mnt/later nfs noauto,x-systemd.automount 0 0',
      source: 'nas:/export/later',
      mountPoint: '/mnt/later',
      fsType: 'nfs',
      options: ['noauto', 'x-systemd.automount'],
      denied: null,
    },
    {
      // As an agent of an earlier version tells it.
      line: 10,
      text: `//nas/old /mnt/old cifs username=bob,password=***,${TAIL} 0 0 # old: password=${TAIL}`,
      source: '//nas/old',
      mountPoint: '/mnt/old',
      fsType: 'cifs',
      options: ['username=bob', 'password=***', TAIL],
      denied: null,
    },
  ],
  problems: [{ file: 'fstab', line: 9, message: 'The line has fewer than three fields.' }],
}

testDatabases('hosts/existing-mounts', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let agent: FakeAgent | undefined
  const host = async () => {
    agent ??= await fleet().addHost({ handlers: { listForeignMounts: async () => FOUND } })
    return agent
  }
  const take = async (body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', adopt, 'POST', {
      params: { id: (await host()).hostId },
      body,
      headers: { prefer: 'wait=20', ...headers },
    })

  it('shows what would become of each mount, and what was not understood', async () => {
    const { hostId } = await host()
    const answer = await api.call('operator', look, 'GET', { params: { id: hostId } })
    const { mounts, problems } = answer.data(ExistingMountsView)
    expect(mounts.map(({ mount_point, action, needs }) => [mount_point, action, needs])).toEqual([
      ['/mnt/films', 'adopt', []],
      ['/mnt/smb', 'adopt', ['password']],
      ['/mnt/rclone', 'information', []],
      ['/mnt/music', 'adopt', []],
      ['/mnt/later', 'adopt', []],
      ['/mnt/old', 'adopt', ['password']],
    ])
    expect(mounts[0]).toMatchObject({ type: 'nfs', fstab: { line: 7 }, existing_backend: null })
    expect(problems).toEqual(FOUND.problems)
    const later = { auto_mount: false, left_out: ['noauto', 'x-systemd.automount'] }
    expect(mounts.find(({ mount_point }) => mount_point === '/mnt/later')).toMatchObject(later)
  })

  it('stores and shows nothing of a host that may be secret, whatever the agent sends', async () => {
    const { hostId } = await host()
    const answer = await api.call('viewer', look, 'GET', { params: { id: hostId } })
    expect(answer.status).toBe(403)
    const asked = await api.call('operator', look, 'GET', { params: { id: hostId } })
    const stored = await database.prisma.operation.findMany({ where: { kind: 'host.existing_mounts' } })
    expect(stored).not.toEqual([])
    expect(asked.text + JSON.stringify(stored)).not.toContain(TAIL)
    expect(asked.text).toContain('//nas/old /mnt/old cifs username=bob,password=***,*** 0 0')
  })

  it('takes over unmounted what nobody mounts at boot', async () => {
    const { hostId } = await host()
    const body = { action: 'adopt_existing', host_id: hostId, change: { mount_point: '/mnt/later' } }
    const planned = (await api.call('operator', makePlan, 'POST', { body })).data(PlanView)
    expect(planned.hosts).toEqual([])
    const answer = await take({ mount_point: '/mnt/later' }, { 'holdfast-plan': planned.plan })
    expect(answer.data(MountView)).toMatchObject({ auto_mount: false, desired_state: 'unmounted' })
  })

  it('refuses what the preview refuses, with the same words', async () => {
    const { hostId } = await host()
    const asked = await api.call('operator', look, 'GET', { params: { id: hostId } })
    const found = asked.data(ExistingMountsView).mounts.find(({ mount_point }) => mount_point === '/mnt/later')
    expect(found).toMatchObject({ action: 'refuse', reason: expect.stringContaining("Mount 'later'") })
    expect((await take({ mount_point: '/mnt/later', name: 'again' })).problem().detail).toBe(found?.reason)
  })

  it('plans what it would do without making anything, and makes it only while that is true', async () => {
    const { hostId } = await host()
    const change = { mount_point: '/mnt/smb', name: 'planned', config: { password: SECRET } }
    const ask = () =>
      api.call('operator', makePlan, 'POST', { body: { action: 'adopt_existing', host_id: hostId, change } })
    const counts = async () => [await database.prisma.backend.count(), await database.prisma.mount.count()]
    const before = await counts()
    const answer = await ask()
    const plan = answer.data(PlanView)
    expect(answer.text).not.toContain(SECRET)
    expect(plan).toMatchObject({
      target: { id: null, name: 'planned' },
      interrupts: false,
      hosts: [{ host_id: hostId, mount_id: null, step: 'adopt', commands: [] }],
    })
    expect((await ask()).data(PlanView).plan).toBe(plan.plan)
    expect(await counts()).toEqual(before)
    const found = FOUND.mounts[1]
    if (!found) throw new Error('there is no share')
    FOUND.mounts[1] = { ...found, options: ['ro'] }
    const refused = await take(change, { 'holdfast-plan': plan.plan })
    FOUND.mounts[1] = found
    expect(refused.problem()).toMatchObject({ status: 412, code: 'plan_outdated' })
    expect(await counts()).toEqual(before)
    const made = await take(change, { 'holdfast-plan': plan.plan })
    expect(made.status, made.text).toBe(201)
    expect(await database.prisma.backendSecret.count({ where: { backend: { name: 'planned' } } })).toBe(1)
    const { id, backend } = made.data(MountView)
    await database.prisma.mountOnHost.deleteMany({ where: { mountId: id } })
    await database.prisma.mount.delete({ where: { id } })
    await database.prisma.backend.delete({ where: { id: backend.id } })
  })

  it('makes backend and mount, tells the agent to take it over, and names the line to remove', async () => {
    const { hostId } = await host()
    const answer = await take({ mount_point: '/mnt/films' })
    expect(answer.status, answer.text).toBe(201)
    expect(answer.body).toMatchObject({ fstab: { line: 7, text: expect.stringContaining('/mnt/films') } })
    const mount = answer.data(MountView)
    expect(mount).toMatchObject({
      name: 'films',
      mount_point: '/mnt/films',
      targets: 'hosts',
      desired_state: 'mounted',
    })
    const sent = agent?.calls.findLast((call) => call.operation === 'applyMount')?.request
    expect(sent).toMatchObject({ mount: { mountId: mount.id, adopt: true, desiredState: 'mounted' } })
    expect(await database.prisma.mountOnHost.findFirst({ where: { mountId: mount.id, hostId } })).toMatchObject({
      adopted: true,
    })
  })

  it('shows no drift of what is as it was, and a change after it', async () => {
    const [row] = await database.prisma.mountOnHost.findMany({ where: { mount: { name: 'films' } } })
    if (!row) throw new Error('films was not taken over')
    const show = async (options: string) => {
      agent?.change(row.mountId, { options })
      await fleet().controller.observations.flush()
      const answer = await api.call('viewer', getMount, 'GET', { params: { id: row.mountId } })
      const { status, hosts } = answer.data(MountView)
      return { status, options: hosts[0]?.options, drift: hosts[0]?.drift?.message ?? null }
    }
    await expect.poll(() => show('rw')).toEqual({ status: 'mounted', options: 'rw', drift: null })
    await expect
      .poll(() => show('ro'))
      .toMatchObject({ options: 'ro', drift: expect.stringContaining('other options: ro instead of rw.') })
    await show('rw')
  })

  it('asks for the password, seals it, and uses an equal backend the next time', async () => {
    const refused = await take({ mount_point: '/mnt/smb' })
    expect(refused.problem().fields?.map(({ field }) => field)).toEqual(['config.password'])
    expect(await database.prisma.backend.count({ where: { driver: 'cifs' } })).toBe(0)
    const taken = await take({ mount_point: '/mnt/smb', config: { password: SECRET }, backend_name: 'Media' })
    expect(taken.data(MountView).backend.name).toBe('Media')
    expect(taken.text + api.logged.join('\n')).not.toContain(SECRET)

    const again = (await api.call('operator', look, 'GET', { params: { id: (await host()).hostId } })).data(
      ExistingMountsView,
    )
    expect(again.mounts[1]).toMatchObject({ existing_backend: { name: 'Media' }, needs: [] })
    // The place is taken by the mount that was made: nothing is made twice.
    const before = await database.prisma.backend.count()
    expect((await take({ mount_point: '/mnt/smb', name: 'other' })).status).toBe(409)
    expect(await database.prisma.backend.count()).toBe(before)
  })

  it.each([
    ['a place where nothing is', '/mnt/nothing', 404],
    ['a kind that is never taken over', '/mnt/rclone', 409],
  ])('refuses %s', async (_case, place, status) => {
    expect((await take({ mount_point: place })).status).toBe(status)
  })

  it('leaves no backend behind when the mount cannot be made', async () => {
    const before = await database.prisma.backend.count()
    const answer = await take({ mount_point: '/mnt/music', name: 'films', config: { timeo: 70 } })
    expect(answer.status).toBe(409)
    expect(await database.prisma.backend.count()).toBe(before)
  })
})
