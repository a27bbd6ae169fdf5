/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Guest } from '@/e2e/support/lab'
import { labSan, untilLoginWorks } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { PoolWalk } from '@/e2e/support/pool-walk'
import { until } from '@/e2e/support/product'
import { addSecondHost, type SecondHost } from '@/e2e/support/second-host'
import { KEEPER_LEASE_MS, KEEPER_SETTLES_MS } from '@/lib/agent-protocol/pools'
import type { HostRow } from '@/lib/hosts/schema'
import type { PoolView } from '@/lib/pools/schema'

/** One LUN with thick volumes that two hosts have open: Debian 12 and 13, so two versions of LVM too. */
const MIB = 1024 ** 2
/** Two sessions with one name would take each other's place. */
const SECOND = 'iqn.2026-01.com.lab:client2'
const { iscsi } = labFacts
let fleet: LabProduct
let walk: PoolWalk
let second: SecondHost
let pool: PoolView

beforeAll(async () => {
  fleet = await useLabProduct()
  walk = new PoolWalk(fleet.product)
  const guest = await fleet.lab.startSecondHost()
  await admit(guest)
  second = await addSecondHost(fleet, guest)
  for (const hostId of [fleet.hostId, second.hostId]) await untilLoginWorks(fleet, hostId)
  // The first time on a machine, the third guest is made here.
}, 1_800_000)
afterAll(async () => {
  await block(false)
  await walk?.removeAll()
  await second?.remove()
  await fleet?.close()
}, 900_000)

/** The second host has a name of its own, and the target lets it in. */
async function admit(guest: Guest): Promise<void> {
  const acls = `/iscsi/${iscsi.target}/tpg1/acls`
  const auth = `userid=${iscsi.chapUser} password=${iscsi.chapPassword}`
  const mutual = `mutual_userid=${iscsi.mutualUser} mutual_password=${iscsi.mutualPassword}`
  await fleet.lab.servers.ok(
    [`${acls} create ${SECOND}`, `${acls}/${SECOND} set auth ${auth}`, `${acls}/${SECOND} set auth ${mutual}`]
      .map((line) => `targetcli ${line}`)
      .join(' && '),
  )
  await guest.ok(`sed -i 's/^InitiatorName=.*/InitiatorName=${SECOND}/' /etc/iscsi/initiatorname.iscsi`)
  await guest.ok('systemctl stop iscsid.socket iscsid; systemctl start iscsid.socket')
}

const first = (command: string) => fleet.lab.host.ok(command)
const other = (command: string) => second.guest.ok(command)
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
const lvs = async (on: typeof first, what: string) => lines(await on(`lvm lvs --noheadings ${what}`))
const tags = async (on: typeof first) => (await lines(await on('lvm vgs --noheadings -o vg_tags')).join(',')).split(',')
const group = async () => (await lvs(first, '-o vg_name @holdfast'))[0] ?? ''

/** The second host tells what is active on it, which it does every half minute as well. */
const lookAnew = () => walk.change('POST', `/api/v1/storage/pools/${pool.id}/reconnect`, { host_ids: [second.hostId] })

/** The controller does not reach the agent of the first host, which still reaches its storage. */
async function block(on: boolean): Promise<void> {
  const rule = 'INPUT -p tcp --dport 8443 -j DROP'
  const change = on ? `iptables -I ${rule}` : `iptables -D ${rule} 2>/dev/null; true`
  await fleet.lab.host.ok(change)
}

async function keeper(): Promise<string | undefined> {
  const { body } = await fleet.product.request<{ data: PoolView }>('GET', `/api/v1/storage/pools/${pool.id}`)
  return body.data.keeper?.id
}

/** Not while the host with which work on it was lost may still be at it. */
const purged = (volume: { id: string }) =>
  walk.purge({ ...volume, phase: 'ERROR' }).then(
    () => true,
    (error: Error) => {
      if (!/when it was lost|is active on host/.test(error.message)) throw error
      return undefined
    },
  )

async function untilFirstIs(status: HostRow['status']): Promise<void> {
  await until(
    `the first host is ${status}`,
    async () => {
      const { body } = await fleet.product.request<{ data: HostRow }>('GET', `/api/v1/hosts/${fleet.hostId}`)
      return body.data.status === status || undefined
    },
    180_000,
  )
}

it('is open on both, and only the keeper has written to it', async () => {
  const backend = await fleet.createBackend('lun', 'iscsi-lvm', labSan({ provisioning: 'thick' }))
  pool = await walk.createPool('lun', backend.id, { host_ids: [fleet.hostId, second.hostId] })
  expect(pool).toMatchObject({ sharing: 'shared', phase: 'READY' })
  const volume = await walk.create(pool.id, 'a', { size_bytes: 64 * MIB })
  expect(volume.host_id).toBe(pool.keeper?.id)
  for (const on of [first, other]) {
    expect(await lvs(on, '-o lv_name @holdfast')).toEqual([volume.id])
    expect((await tags(on)).filter((tag) => tag.startsWith('holdfast_host_'))).toEqual([])
    expect(await lvs(on, '-o lv_name -S lv_active=active')).toEqual([])
  }
}, 900_000)

it('a volume is written on one host, read on the other, and made larger for both', async () => {
  const { id } = await walk.create(pool.id, 'b', { size_bytes: 64 * MIB })
  const device = `${await group()}/${id}`
  await other(`lvm lvchange -ay ${device} && qemu-io -f raw -c 'write -P 0x11 0 1M' /dev/${device}`)
  await lookAnew()
  // Not while it is active there: its blocks would go to others.
  expect(await walk.refused('DELETE', `/api/v1/volumes/${id}`)).toContain('is active on host')
  expect(await lvs(other, `-o lv_name -S lv_name=${id}`)).toEqual([id])
  await other(`udevadm settle; lvm lvchange -an ${device}`)
  await lookAnew()
  await walk.change('POST', `/api/v1/volumes/${id}/resize`, { size_bytes: 128 * MIB })
  for (const on of [first, other]) {
    await on(`lvm lvchange -ay ${device}`)
    expect(await on(`blockdev --getsize64 /dev/${device}`)).toContain(String(128 * MIB))
    expect(await on(`qemu-io -f raw -c 'read -P 0x11 0 1M' -c 'read -P 0 64M 64M' /dev/${device}`)).not.toContain(
      'failed',
    )
    await on(`udevadm settle; lvm lvchange -an ${device}`)
  }
}, 900_000)

it('changes that are asked for at once leave a group that both find in order', async () => {
  const names = Array.from({ length: 8 }, (_, at) => `many-${at}`)
  const reading = new AbortController()
  // The other host reads all the while, as machines there do that start.
  const reader = (async () => {
    while (!reading.signal.aborted) await other('lvm lvs --noheadings -o lv_name @holdfast > /dev/null')
  })()
  const made = await inTurns(names, (name) => walk.create(pool.id, name, { size_bytes: 4 * MIB }))
  const grown = made.slice(0, 5)
  await inTurns(grown, ({ id }) => walk.change('POST', `/api/v1/volumes/${id}/resize`, { size_bytes: 8 * MIB }))
  const gone = made.slice(3, 6)
  await inTurns(gone, ({ id }) => walk.purge({ id }))
  reading.abort()
  await reader
  const left = made.filter(({ id }) => !gone.some((one) => one.id === id))
  for (const on of [first, other]) {
    await on('lvm vgck')
    const seen = await lvs(on, '--units b --nosuffix --separator = -o lv_name,lv_size @holdfast')
    for (const { id } of left) {
      const bytes = grown.some((one) => one.id === id) ? 8 * MIB : 4 * MIB
      expect(seen).toContain(`${id}=${bytes}`)
    }
    expect(seen).toHaveLength(left.length + 2)
  }
}, 3_600_000)

it(
  'a keeper that is cut off in the middle is followed, and changes nothing any more',
  async () => {
    if (pool.keeper?.id !== fleet.hostId) throw new Error('the first host is not the keeper')
    const body = { name: 'cut', size_bytes: 512 * MIB }
    const path = `/api/v1/storage/pools/${pool.id}/volumes`
    const asked = await fleet.product.request<{ data: { id: string }; operation: { id: string } }>('POST', path, body, {
      prefer: 'respond-async',
    })
    const { data: cut, operation } = asked.body
    // The program that clears it stands still until the other host has taken over.
    await first('until pkill -STOP -x blkdiscard; do sleep 0.1; done')
    await block(true)
    await untilFirstIs('offline')
    const started = performance.now()
    // Until then nobody could say whether there is room.
    await until('the second host looks after it', async () => (await keeper()) === second.hostId || undefined, 180_000)
    const after = await walk.create(pool.id, 'after', { size_bytes: 4 * MIB })
    expect(after.host_id).toBe(second.hostId)
    // Nobody may begin before the loan of the first must be over.
    console.log(`the second host began ${Math.round((performance.now() - started) / 1000)} s after the first was lost`)
    const [fence] = (await tags(other)).filter((tag) => tag.startsWith('holdfast.fence='))
    await first('pkill -CONT -x blkdiscard')
    await block(false)
    await untilFirstIs('online')
    const ended = await walk.untilEnded(operation.id)
    expect(ended.status).toBe('failed')
    expect((await tags(first)).filter((tag) => tag.startsWith('holdfast.fence='))).toEqual([fence])
    await until('the first host is known to work on it no more', () => purged(cut), 180_000)
    for (const on of [first, other]) {
      await on('lvm vgck')
      expect((await lvs(on, '-o lv_name @holdfast')).filter((name) => name.includes(cut.id))).toEqual([])
      expect(await lvs(on, '-o lv_name -S lv_active=active')).toEqual([])
    }
    expect(await lvs(first, `-o lv_name -S lv_name=${after.id}`)).toEqual([after.id])
  },
  600_000 + KEEPER_LEASE_MS + KEEPER_SETTLES_MS,
)

it('leaves nothing behind on either', async () => {
  await walk.removeAll()
  for (const on of [first, other]) {
    await until('it is closed', async () => {
      const left = await on('ls -d /sys/class/iscsi_session/* /sys/block/dm-* 2>/dev/null; true')
      return left.trim() === '' || undefined
    })
  }
}, 1_800_000)

/** Several at once, as people and programs ask for them. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = [...items.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  return results
}
