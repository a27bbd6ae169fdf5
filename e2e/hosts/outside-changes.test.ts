/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import type { MountView } from '@/lib/mounts/schema'

const { nfs, servers } = labFacts
const POINT = '/mnt/shared'
let fleet: LabProduct
let backendId: string
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  const config = { server: servers.address, export_path: nfs.exports.readWrite }
  backendId = (await fleet.createBackend('shared', 'nfs', config)).id
  mountId = (await fleet.createMount('shared', backendId)).data.id
  await fleet.untilState(mountId, 'mounted')
})
afterAll(() => fleet?.close())

async function statusOf(id: string): Promise<string> {
  return (await fleet.product.request<{ data: MountView }>('GET', `/api/v1/storage/mounts/${id}`)).body.data.status
}

it('an unmount by hand is shown at once, is not undone, and leaves the guard in place', async () => {
  await fleet.lab.host.ok(`umount ${POINT}`)
  const shownAfter = await fleet.untilState(mountId, 'absent')
  console.log(`umount by hand: shown after ${Math.round(shownAfter)} ms (goal 2000 ms)`)
  expect(await fleet.onHost(mountId)).toMatchObject({ problem: 'mount.taken_away', advice: expect.any(String) })
  expect(await statusOf(mountId)).toBe('error')
  expect((await fleet.lab.host.exec(`echo stray > ${POINT}/stray`)).stderr).toContain('Operation not permitted')

  expect((await fleet.act(mountId, 'mount')).status).toBe(200)
  expect(await fleet.onHost(mountId)).toMatchObject({ state: 'mounted', error: null })
  expect(await statusOf(mountId)).toBe('mounted')
})

it('a mount by hand on top of ours is shown as stacked, and nothing of it is touched', async () => {
  await fleet.lab.host.ok(`mount -t tmpfs by-hand ${POINT}`)
  console.log(`stacked: shown after ${Math.round(await fleet.untilState(mountId, 'stacked'))} ms`)
  expect(await fleet.onHost(mountId)).toMatchObject({ problem: 'mount.stacked', advice: expect.any(String) })
  const refused = await fleet.act(mountId, 'unmount')
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'conflict', detail: expect.stringContaining('2 mounts') },
  })
  expect(await fleet.mountinfo(POINT)).toHaveLength(2)

  await fleet.lab.host.ok(`umount ${POINT}`)
  // The unmount is still wanted.
  await fleet.untilState(mountId, 'absent')
  expect(await fleet.mountinfo(POINT)).toEqual([])
})

it('a foreign mount at the wanted place is refused and left alone; when it is gone, ours is made', async () => {
  await fleet.lab.host.ok('mkdir -p /mnt/taken && mount -t tmpfs by-hand /mnt/taken && touch /mnt/taken/mine')
  const { data, operation } = await fleet.createMount('taken', backendId)
  expect(operation).toMatchObject({ status: 'failed' })
  expect(await fleet.onHost(data.id)).toMatchObject({
    state: 'foreign',
    problem: 'mount.foreign',
    advice: expect.any(String),
  })
  const [line, ...more] = await fleet.mountinfo('/mnt/taken')
  expect(more).toEqual([])
  expect(line).toContain(' - tmpfs by-hand ')

  await fleet.lab.host.ok('umount /mnt/taken')
  await fleet.untilState(data.id, 'mounted', 120_000)
  expect((await fleet.mountinfo('/mnt/taken'))[0]).toContain(`${servers.address}:${nfs.exports.readWrite}`)
  await fleet.removeMount(data.id)
})

it('ours, unmounted by hand and replaced by another one, becomes foreign', async () => {
  expect((await fleet.act(mountId, 'mount')).status).toBe(200)
  await fleet.lab.host.ok(`umount ${POINT} && mount -t tmpfs by-hand ${POINT}`)
  await fleet.untilState(mountId, 'foreign')
  expect((await fleet.act(mountId, 'unmount')).status).toBe(409)
  expect(await fleet.onHost(mountId)).toMatchObject({ state: 'foreign', problem: 'mount.foreign' })
  expect((await fleet.mountinfo(POINT))[0]).toContain(' - tmpfs by-hand ')
  await fleet.lab.host.ok(`umount ${POINT}`)
  await fleet.untilState(mountId, 'absent')
})
