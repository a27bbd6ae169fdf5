/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Guest } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, type MountChange, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import { addSecondHost, mountOn, type SecondHost, untilMountedOn } from '@/e2e/support/second-host'
import type { BackendView } from '@/lib/backends/schema'

const { nfs, servers } = labFacts
const EVERYWHERE = { targets: 'all', host_ids: undefined }

let fleet: LabProduct
let guest: Guest
let second: SecondHost | undefined
let share: BackendView
const mounts: Record<string, string> = {}

beforeAll(async () => {
  fleet = await useLabProduct()
  guest = await fleet.lab.startSecondHost()
  share = await fleet.createBackend('nas', 'nfs', { server: servers.address, export_path: nfs.exports.readWrite })
  // The first time on a machine, the third guest is made here.
}, 1_800_000)
afterAll(async () => {
  await second?.remove()
  await fleet?.close()
})

function there(): SecondHost {
  if (second === undefined) throw new Error('the second host has not joined')
  return second
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

async function create(name: string): Promise<void> {
  mounts[name] = (await fleet.createMount(name, share.id, EVERYWHERE)).data.id
}

it('a host that joins later receives the mounts of every host', async () => {
  await create('early')
  await fleet.untilState(mounts.early ?? '', 'mounted')
  second = await addSecondHost(fleet, guest)
  const started = performance.now()
  await untilMountedOn(fleet, mounts.early ?? '', [there().hostId])
  console.log(`a new host has its mount ${seconds(started)} after it was first online`)
  expect(await there().mountinfo('/mnt/early')).toHaveLength(1)
  expect(await there().guest.ok('cat /mnt/early/hello')).toBe(`hello from ${nfs.exports.readWrite}`)
}, 900_000)

it('a mount for every host reaches both, and a file of one is there on the other', async () => {
  for (const name of ['both', 'gone']) {
    await create(name)
    await untilMountedOn(fleet, mounts[name] ?? '', [fleet.hostId, there().hostId])
  }
  await fleet.lab.host.ok('echo from the first > /mnt/both/from-the-first')
  expect(await there().guest.ok('cat /mnt/both/from-the-first')).toBe('from the first')
})

it('a host that was off during changes converges within 60 s of its return', async () => {
  await there().powerOff()
  const noWait = { prefer: 'respond-async' }
  const { product } = fleet
  const edited = await product.request('PATCH', `/api/v1/storage/backends/${share.id}`, {
    config: {
      server: servers.address,
      export_path: nfs.exports.readWrite,
      mount_options: 'soft,timeo=150',
    },
  })
  expect(edited.status, JSON.stringify(edited.body)).toBeLessThan(300)
  const changed = await product.request('PATCH', `/api/v1/storage/mounts/${mounts.both}`, { read_only: true }, noWait)
  expect(changed.status, JSON.stringify(changed.body)).toBeLessThan(300)
  const removed = await product.request('DELETE', `/api/v1/storage/mounts/${mounts.gone}`, undefined, noWait)
  expect(removed.status).toBeLessThan(300)
  await create('new')
  // The host that is there does not wait for the other one.
  const isDone = async (mountinfo: (path: string) => Promise<string[]>): Promise<true | undefined> => {
    const [early, both, gone, fresh] = await Promise.all(
      ['early', 'both', 'gone', 'new'].map((name) => mountinfo(`/mnt/${name}`)),
    )
    const isSoft = [early, both, fresh].every((lines) => lines?.length === 1 && /soft.*timeo=150/.test(lines[0] ?? ''))
    const isReadOnly = /^(\S+ ){5}ro,/.test(both?.[0] ?? '')
    return (isSoft && isReadOnly && gone?.length === 0) || undefined
  }
  await until('the first host is as wanted', () => isDone(fleet.mountinfo), 120_000)
  expect(await mountOn(fleet, mounts.early ?? '', there().hostId)).toMatchObject({ host_status: 'offline' })

  const started = performance.now()
  await there().powerOn()
  const back = performance.now()
  await until('the second host is as wanted', () => isDone(there().mountinfo), 500_000)
  const converged = performance.now()
  const listening = "journalctl -b -u holdfast-agent -o short-unix | grep -m1 'agent is listening' | cut -d' ' -f1"
  const [now = 0, answering = 0] = (await there().guest.ok(`date +%s.%N; ${listening}`)).split('\n').map(Number)
  console.log(
    `second host: booted after ${((back - started) / 1000).toFixed(1)} s, as wanted ${((converged - back) / 1000).toFixed(1)} s later, ${(now - answering).toFixed(1)} s after its agent answered (goal 60 s)`,
  )
  for (const name of ['early', 'both', 'new']) {
    await untilMountedOn(fleet, mounts[name] ?? '', [fleet.hostId, there().hostId])
  }
  await until('the deleted mount is forgotten', async () => {
    const { status } = await product.request('GET', `/api/v1/storage/mounts/${mounts.gone}`)
    return status === 404 || undefined
  })
  expect((await there().guest.exec('test -e /mnt/gone')).exitCode).toBe(1)
}, 1_200_000)

it('a bad change stops at the first wave, and is rolled back there; the second host never hears of it', async () => {
  const { product } = fleet
  const bad = await fleet.createBackend('bad', 'nfs', { server: servers.address, export_path: nfs.missing })
  const asked = await product.request<MountChange>('POST', '/api/v1/storage/mounts', {
    name: 'canary',
    backend_id: bad.id,
    targets: 'all',
    rollout: { waves: ['1', '100%'] },
  })
  expect(asked.status, JSON.stringify(asked.body)).toBeLessThan(300)
  const { data: mount, operation } = asked.body
  const status = async () => (await fleet.operation(operation?.id ?? '')).status
  await until('the change has stopped by itself', async () => (await status()) === 'paused' || undefined, 170_000)
  const rows = await Promise.all([fleet.hostId, there().hostId].map((hostId) => mountOn(fleet, mount.id, hostId)))
  const reached = rows.filter((row) => row?.error !== null && row?.error !== undefined)
  expect(reached).toHaveLength(1)
  const untouched = reached[0]?.host_id === fleet.hostId ? there().guest : fleet.lab.host
  const hearsNothing = async () => {
    expect((await untouched.exec('test -e /mnt/canary')).exitCode).toBe(1)
    expect((await untouched.exec("journalctl -u holdfast-agent | grep -F '/mnt/canary'")).exitCode).toBe(1)
  }
  await hearsNothing()
  const undone = await product.request('POST', `/api/v1/operations/${operation?.id}/rollback`, {})
  expect(undone.status, JSON.stringify(undone.body)).toBeLessThan(300)
  await until(
    'the mount is gone again',
    async () => (await product.request('GET', `/api/v1/storage/mounts/${mount.id}`)).status === 404 || undefined,
    120_000,
  )
  await hearsNothing()
  for (const guest of [fleet.lab.host, there().guest]) {
    expect((await guest.exec('test -e /mnt/canary')).exitCode).toBe(1)
  }
}, 400_000)

it('a mount that is taken away goes from both', async () => {
  for (const name of ['early', 'both', 'new']) await fleet.removeMount(mounts[name] ?? '')
  for (const path of ['/mnt/early', '/mnt/both', '/mnt/new']) {
    expect(await fleet.mountinfo(path)).toEqual([])
    expect(await there().mountinfo(path)).toEqual([])
  }
})
