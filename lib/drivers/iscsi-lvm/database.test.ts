import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { connect, disconnect } from '@/lib/drivers/iscsi-lvm/connection'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import type { Backend } from '@/lib/drivers/iscsi-lvm/open-session'
import { FakeHost } from '@/testing/drivers/fake-host'
import { FakeInitiator, FakeSan } from '@/testing/drivers/fake-san'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

/** Where iscsiadm keeps its records differs between versions; an upgrade moves only some of them. */
const OLD = '/etc/iscsi'
const NEW = '/var/lib/iscsi'
const TARGET = 'iqn.2026-01.com.example:storage'
const SECRET = 'not-a-real-chap-pw'

function rig(database: string) {
  const host = new FakeHost('hst_a')
  const san = new FakeSan()
  san.chap = { user: 'initiator', password: SECRET }
  san.discoveryNeedsChap = true
  const initiator = new FakeInitiator(host, san, database)
  const chap = { chap_enabled: true, chap_user: 'initiator', discovery_chap: 'same' }
  const backend = toHostBackend(
    'bkd_1',
    'iscsi-lvm',
    { portal: san.address, target: TARGET, ...chap },
    { chap_password: SECRET },
  ) as Backend
  const context = () => recordingContext(host, newRecording(), 10_000)
  return {
    host,
    initiator,
    portal: `${san.address},3260`,
    connect: () => connect(backend, context()),
    disconnect: () => disconnect(backend, context()),
    test: () => iscsiLvmHost.test(backend, context()),
    records: () =>
      [...host.localFiles.keys()].filter(
        (path) => /^\/(etc|var\/lib)\/iscsi\//.test(path) && !path.endsWith('initiatorname.iscsi'),
      ),
  }
}

describe.each([OLD, NEW])('records in %s', (database) => {
  it('are made and removed by a test with CHAP, from the discovery on', async () => {
    const { test, records } = rig(database)
    const steps = await test()
    expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
    expect(records()).toEqual([])
  })

  it('are there while the LUN is connected, and gone afterwards', async () => {
    const { records, ...at } = rig(database)
    await at.connect()
    expect(records()).toEqual([`${database}/ifaces/holdfast`, `${database}/nodes/${TARGET}/${at.portal}`])
    await at.connect()
    expect(at.initiator.sessions).toHaveLength(1)
    await at.disconnect()
    expect(records()).toEqual([])
  })
})

describe('a host whose records were left behind by an upgrade', () => {
  const upgraded = () => {
    const found = rig(NEW)
    const { localFiles } = found.host
    localFiles.set(`${OLD}/ifaces/holdfast`, 'iface.transport_name = tcp\n')
    localFiles.set(`${OLD}/nodes/${TARGET}/${found.portal},1/holdfast`, 'iface.iscsi_ifacename = holdfast\n')
    return found
  }

  it('is connected with new records, and loses the old ones of ours', async () => {
    const { records, ...at } = upgraded()
    await at.connect()
    expect(records()).toContain(`${NEW}/nodes/${TARGET}/${at.portal}`)
    expect(at.initiator.logins.at(-1)).toMatchObject({ 'node.session.auth.password': SECRET })
    await at.disconnect()
    expect(records()).toEqual([])
  })

  it("does not take an administrator's old discovery record for one that is used, and leaves it", async () => {
    const { test, records, host, portal } = upgraded()
    const theirs = `${OLD}/send_targets/${portal}/st_config`
    host.localFiles.set(theirs, '# BEGIN RECORD 2.1.8\n')
    const steps = await test()
    expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
    expect(records()).toEqual([theirs])
  })
})

it("goes by an administrator's discovery record that iscsiadm uses", async () => {
  const { test, records, host, portal } = rig(NEW)
  const theirs = `${NEW}/send_targets/${portal}/st_config`
  const text = `discovery.sendtargets.auth.password = ${SECRET}\n`
  host.localFiles.set(theirs, text)
  const steps = await test()
  expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
  expect(records()).toEqual([theirs])
  expect(host.localFiles.get(theirs)).toBe(text)
})
