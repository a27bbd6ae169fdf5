import { afterAll, beforeAll, expect, it } from 'vitest'
import { actOn, expectOpen, kernelView, labSan, untilConnection } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { comeAndGo } from '@/e2e/support/pool-cycles'
import { PoolWalk } from '@/e2e/support/pool-walk'
import type { BackendView } from '@/lib/backends/schema'

/** iSCSI through the whole product; the driver alone is in `iscsi-lvm-contract.test.ts`. */
const { iscsi, servers } = labFacts
const PORTAL = `${servers.address}:${iscsi.port}`
const WWID = /^naa\.6001405/
let fleet: LabProduct
let backend: BackendView

beforeAll(async () => {
  fleet = await useLabProduct()
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

const act = (verb: 'connect' | 'disconnect') => actOn(fleet, verb, backend.id)

/** Everything of a connection that could be left on the host. */
async function traces(): Promise<string> {
  return await fleet.lab.host.ok(
    'find /etc/iscsi/nodes /etc/iscsi/ifaces /etc/iscsi/send_targets -mindepth 1 2>/dev/null; ' +
      'ls -d /sys/class/iscsi_session/* /sys/block/sd* /sys/block/dm-* 2>/dev/null; true',
  )
}

it('passes its test with CHAP in both directions, and leaves nothing behind', async () => {
  const result = await fleet.test('iscsi-lvm', labSan())
  expect(result.steps.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(result.steps.map(({ id }) => id)).toEqual([
    'tools',
    'name',
    'tcp',
    'protocol',
    'authentication',
    'target',
    'capacity',
    'unmount',
  ])
  expect(await traces()).toBe('')
})

it.each([
  ['the secret is wrong', { chap_password: 'not-the-real-pw' }, 'authentication', 'iscsi.credentials'],
  ['the target is unknown', { target: 'iqn.2026-01.com.lab:none' }, 'protocol', 'iscsi.target_missing'],
])('says when %s', async (_what, change, step, problem) => {
  const result = await fleet.test('iscsi-lvm', labSan(change))
  const failed = result.steps.filter(({ status }) => status === 'failed')
  expect(failed).toEqual([expect.objectContaining({ id: step, problem, advice: expect.any(String) })])
  expect(JSON.stringify(result)).not.toContain('not-the-real-pw')
})

it('lists the targets of the portal', async () => {
  expect(await fleet.discover('iscsi-lvm', 'targets', labSan({ target: null }))).toEqual([iscsi.target])
})

it('connects the LUN by its identity, and shows the capacity of the thin pool', async () => {
  backend = await fleet.createBackend('san', 'iscsi-lvm', labSan())
  const operation = await act('connect')
  expect(operation).toMatchObject({ status: 'succeeded', error: null })
  const details = (operation.result as { details: Record<string, string> }).details
  expect(details.WWID).toMatch(WWID)
  const { host } = fleet.lab
  expect(await host.ok('cat /sys/class/iscsi_session/*/ifacename')).toBe('holdfast')
  expect(await host.ok(`cat /sys/block/${details.Device?.slice('/dev/'.length)}/device/wwid`)).toBe(details.WWID)
  const columns = '--noheadings --nosuffix --units b'
  const tags = await host.ok(`lvm vgs --devices ${details.Device} ${columns} -o vg_tags ${details['Volume group']}`)
  expect(tags.trim().split(',').sort()).toEqual([`holdfast_${backend.id}`, `holdfast_host_${fleet.hostId}`].sort())
  const pool = await host.ok(`lvm lvs --devices ${details.Device} ${columns} -o lv_size ${details['Thin pool']}`)
  const path = `/api/v1/storage/backends/${backend.id}`
  const view = (await fleet.product.request<{ data: BackendView }>('GET', path)).body.data
  expect(view).toMatchObject({ status: 'online', stats: { total_bytes: Number(pool.trim()) } })
})

it('is connected once however often it is asked, and keeps its secrets to itself', async () => {
  const { host } = fleet.lab
  const session = await host.ok('ls -d /sys/class/iscsi_session/*')
  expect(await act('connect')).toMatchObject({ status: 'succeeded' })
  expect(await host.ok('ls -d /sys/class/iscsi_session/*')).toBe(session)
  const shown = await host.ok("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '; journalctl -b")
  for (const secret of [iscsi.chapPassword, iscsi.mutualPassword]) {
    expect(shown).not.toContain(secret)
    const kept = await host.exec(`grep -rlF '${secret}' /etc /var/lib/iscsi /var/lib/holdfast-agent /var/log /tmp`)
    expect(kept.stdout).toBe('')
  }
})

it('shows a server that restarts while it is away, and is open again by itself', async () => {
  const { servers: guest } = fleet.lab
  await expectOpen(fleet, backend.id)
  await guest.ok('targetctl save && targetctl clear')
  const away = await untilConnection(fleet, backend.id, 'error', 120_000)
  expect(away).toMatchObject({ problem: expect.stringMatching(/^iscsi\./), advice: expect.any(String) })
  expect((await kernelView(fleet)).sessions).not.toContain('LOGGED_IN/holdfast')
  await guest.ok('targetctl restore')
  await untilConnection(fleet, backend.id, 'connected')
  await expectOpen(fleet, backend.id)
})

it('disconnects without a trace', async () => {
  expect(await act('disconnect')).toMatchObject({ status: 'succeeded', error: null })
  expect(await traces()).toBe('')
})

it('opens and closes for one pool after the other without a trace', async () => {
  await comeAndGo(fleet, new PoolWalk(fleet.product), backend.id, 3)
})

it('says so in its time when the server is cut off, in connect and in test', { tags: 'full' }, async () => {
  await fleet.lab.servers.blackhole(true, { ports: [iscsi.port] })
  const cutOff = await act('connect')
  expect(cutOff.status).toBe('failed')
  expect(['timed_out', 'backend_unreachable']).toContain(cutOff.error?.code)
  const { steps } = await fleet.test('iscsi-lvm', labSan())
  expect(steps.at(-1)).toMatchObject({ id: 'tcp', problem: 'network.timed_out' })
  await fleet.lab.servers.blackhole(false)
  expect(await traces()).toBe('')
})

it('leaves a session alone that an administrator made', async () => {
  const { host } = fleet.lab
  const settings = { authmethod: 'CHAP', username: iscsi.chapUser, password: iscsi.chapPassword }
  await host.ok(
    [
      `iscsiadm -m node -T ${iscsi.target} -p ${PORTAL},1 -o new`,
      ...Object.entries(settings).map(
        ([key, value]) => `iscsiadm -m node -T ${iscsi.target} -o update -n node.session.auth.${key} -v ${value}`,
      ),
      `iscsiadm -m node -T ${iscsi.target} --login`,
      'until ls /sys/block | grep -q ^sd; do sleep 0.1; done',
    ].join(' && '),
  )
  const session = await host.ok('ls -d /sys/class/iscsi_session/*; cat /sys/class/iscsi_session/*/ifacename')
  expect(session).toMatch(/default$/)
  const before = await traces()
  expect(await act('connect')).toMatchObject({ status: 'succeeded' })
  expect(await act('disconnect')).toMatchObject({ status: 'succeeded' })
  // What is not saved has an id of its own, so the group on the LUN is somebody else's to it.
  const { steps } = await fleet.test('iscsi-lvm', labSan())
  expect(steps.filter(({ status }) => status === 'failed')).toEqual([
    expect.objectContaining({ id: 'target', problem: 'lvm.foreign_group' }),
  ])
  expect(await host.ok('ls -d /sys/class/iscsi_session/*; cat /sys/class/iscsi_session/*/ifacename')).toBe(session)
  expect(await traces()).toBe(before)
  await host.ok(`iscsiadm -m node -T ${iscsi.target} --logout && iscsiadm -m node -T ${iscsi.target} -o delete`)
})
