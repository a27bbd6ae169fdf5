/** @module-tag full */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractLab, LIMIT_MS } from '@/e2e/support/contract-lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'

/** Which of several LUNs is taken: the one with the WWID, in whatever order the server numbers them. */
const { iscsi, servers } = labFacts
const TARGET = `/iscsi/${iscsi.target}/tpg1`
const INITIATOR = `${TARGET}/acls/${iscsi.initiator}`
const WANTED = '/srv/iscsi/wanted.img'
/** As empty as the wanted one, so that nothing on them keeps a wrong choice from being written to. */
const OTHERS = [iscsi.backing, '/srv/iscsi/other.img']
const place = contractLab()
const wwidOf: Record<string, string> = {}

/** What `targetcli` says to these lines. */
async function target(lines: readonly string[]): Promise<void> {
  await place.lab.servers.ok('targetcli', { input: `${lines.join('\n')}\n`, timeoutMs: LIMIT_MS })
}

/** Which LUN number of the target the initiator sees as which. */
function numbered(order: readonly [seenAs: number, lun: number][]): Promise<void> {
  return target([
    ...order.map(([seenAs]) => `${INITIATOR} delete mapped_lun=${seenAs}`),
    ...order.map(([seenAs, lun]) => `${INITIATOR} create mapped_lun=${seenAs} tpg_lun_or_backstore=${lun}`),
  ])
}

/** The first MiB of the files behind the other LUNs, and how much of them was ever written. */
function othersNow(): Promise<string> {
  const each = `for file in ${OTHERS.join(' ')}; do head -c 1M $file | sha256sum; stat -c '%n %b' $file; done`
  return place.lab.servers.ok(`sync; ${each}`)
}

function backend(wwid?: string) {
  const config = {
    portal: servers.address,
    target: iscsi.target,
    chap_enabled: true,
    chap_user: iscsi.chapUser,
    ...(wwid === undefined ? {} : { wwid }),
  }
  return toHostBackend('bkd_luns', 'iscsi-lvm', config, { chap_password: iscsi.chapPassword })
}

async function lunsSeen(): Promise<string[]> {
  const choices = (await iscsiLvmHost.discover?.luns?.(backend(), place.context())) ?? []
  return choices.map(({ value, detail = '' }) => `${/^LUN \d+/.exec(detail)?.[0]} ${value}`)
}

beforeAll(async () => {
  await target([
    `/backstores/fileio create wanted ${WANTED} 512M write_back=true`,
    `/backstores/fileio create other ${OTHERS[1]} 1G write_back=true`,
    `${TARGET}/luns create /backstores/fileio/wanted lun=1`,
    `${TARGET}/luns create /backstores/fileio/other lun=2`,
  ])
  const units = await place.lab.servers.ok(
    'for name in lun0 wanted other; do echo $name $(cat /sys/kernel/config/target/core/fileio_*/$name/wwn/vpd_unit_serial); done',
  )
  // LIO makes the identity of a LUN of its own number and the first 25 digits of the serial of what is behind it.
  for (const line of units.split('\n')) {
    const { name = '', serial = '' } = /^(?<name>\S+) .*: (?<serial>\S+)$/.exec(line)?.groups ?? {}
    wwidOf[name] = `naa.6001405${serial.replaceAll('-', '').slice(0, 25)}`
  }
})
afterAll(async () => {
  await iscsiLvmHost.disconnect?.(backend(wwidOf.wanted), place.context())
})

describe('a target with three empty LUNs', () => {
  let before: string
  beforeAll(async () => {
    before = await othersNow()
  })

  const orders: [string, number, [number, number][]][] = [
    [
      'the last',
      2,
      [
        [1, 2],
        [2, 1],
      ],
    ],
    [
      'the first',
      0,
      [
        [0, 1],
        [2, 0],
      ],
    ],
  ]
  async function takesTheOne(lun: number, order: [number, number][]): Promise<void> {
    if (order.length > 0) await numbered(order)
    expect(await lunsSeen()).toContain(`LUN ${lun} ${wwidOf.wanted}`)
    const connection = await iscsiLvmHost.connect?.(backend(wwidOf.wanted), place.context())
    expect(connection?.details).toMatchObject({ WWID: wwidOf.wanted, 'Volume group': 'hf_bkd_luns' })
    const device = connection?.details.Device ?? ''
    expect(await place.lab.host.ok(`lsblk --noheadings --nodeps --bytes --output SIZE ${device}`)).toBe(
      String(512 * 1024 * 1024),
    )
    expect(await place.lab.host.ok(`lvm pvs --devices ${device} --noheadings -o vg_name`)).toContain('hf_bkd_luns')
    await iscsiLvmHost.disconnect?.(backend(wwidOf.wanted), place.context())
    expect(await othersNow()).toBe(before)
  }

  it('takes the one with the WWID where it is in the middle, and writes to no other', () => takesTheOne(1, []))
  it.each(orders)(
    'takes the one with the WWID where it is %s, and writes to no other',
    { tags: 'full' },
    (_where, lun, order) => takesTheOne(lun, order),
  )

  it('takes none of them when the WWID is not there any more', async () => {
    await target([`${INITIATOR} delete mapped_lun=0`])
    await expect(iscsiLvmHost.connect?.(backend(wwidOf.wanted), place.context())).rejects.toMatchObject({
      details: { problem: 'iscsi.wrong_lun' },
    })
    expect(await othersNow()).toBe(before)
  })
})
