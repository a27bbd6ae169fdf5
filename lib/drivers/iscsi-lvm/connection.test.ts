import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { checkConnection, connect, disconnect, placeOf } from '@/lib/drivers/iscsi-lvm/connection'
import { type Backend, destinationOf } from '@/lib/drivers/iscsi-lvm/open-session'
import { release } from '@/lib/drivers/iscsi-lvm/release'
import { logIn } from '@/lib/drivers/iscsi-lvm/session'
import { FakeHost, failure } from '@/testing/drivers/fake-host'
import { FakeInitiator, FakeSan, fakeLun } from '@/testing/drivers/fake-san'
import { tracesOn } from '@/testing/drivers/iscsi-rig'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

const CONFIG = { portal: 'san.example.com', target: 'iqn.2026-01.com.example:storage', volume_group: 'vg_san' }

function rig(config: Record<string, unknown> = {}) {
  const host = new FakeHost('hst_a')
  const initiator = new FakeInitiator(host, new FakeSan())
  const backend = toHostBackend('bkd_1', 'iscsi-lvm', { ...CONFIG, ...config }, {}) as Backend
  const context = () => recordingContext(host, newRecording(), 10_000)
  return {
    host,
    initiator,
    connect: () => connect(backend, context()),
    logIn: async () => logIn(await destinationOf(backend, context()), null, context()),
    disconnect: () => disconnect(backend, context()),
    place: () => placeOf(backend, context()),
    check: () => checkConnection(backend, context()),
    release: () => release(backend, context()),
  }
}

/** sysfs says something else of every file of this name. */
function set(host: FakeHost, name: string, text: string): void {
  for (const path of host.localFiles.keys()) if (path.endsWith(name)) host.localFiles.set(path, `${text}\n`)
}

const problem = (id: string) => ({ details: { problem: id } })

it('ends a session that a portal has sent to an address which the policy denies', async () => {
  const { host, initiator, ...at } = rig()
  initiator.san.movedTo = '127.0.0.1'
  host.denied.add('127.0.0.1')
  await expect(at.logIn()).rejects.toMatchObject({ code: 'policy_denied' })
  expect(initiator.sessions).toEqual([])
  await expect(at.connect()).rejects.toMatchObject(problem('network.denied_by_policy'))
  initiator.san.movedTo = '192.0.2.51'
  await at.connect()
  expect(initiator.sessions).toHaveLength(1)
})

describe.each(['thin', 'thick'])('an open connection, %s', (provisioning) => {
  it('stands until somebody takes it away, and a new connect makes it stand again', async () => {
    const { host, check, ...at } = rig({ provisioning })
    await expect(check()).rejects.toMatchObject(problem('iscsi.session_gone'))
    await at.connect()
    await check()
    await host.run('iscsiadm', ['-m', 'session', '-r', '1', '--logout'])
    await expect(check()).rejects.toMatchObject(problem('iscsi.session_gone'))
    await at.connect()
    await check()
    expect(at.initiator.sessions).toHaveLength(1)
    await at.disconnect()
    await expect(check()).rejects.toMatchObject(problem('iscsi.session_gone'))
  })

  it('opened and closed fifty times leaves what was there after the first time', async () => {
    const { host, initiator, ...at } = rig({ provisioning })
    const tagsOnDisk = () => initiator.san.luns.map(({ group }) => group?.tags.toSorted())
    const files = tracesOn(host)
    await at.connect()
    await at.disconnect()
    const tags = tagsOnDisk()
    for (let times = 1; times < 50; times++) {
      await at.connect()
      expect(initiator.sessions).toHaveLength(1)
      await at.disconnect()
    }
    expect(initiator.sessions).toEqual([])
    expect([...initiator.active]).toEqual([])
    expect(tracesOn(host)).toEqual(files)
    expect(tagsOnDisk()).toEqual(tags)
    expect(initiator.logins).toHaveLength(50)
  })

  it('does not stand when its group has lost its mark', async () => {
    const { host, check, ...at } = rig({ provisioning })
    await at.connect()
    const mark = provisioning === 'thin' ? 'holdfast_host_hst_a' : 'holdfast_bkd_1'
    await host.run('lvm', ['vgchange', '--devices', '/dev/sdc', '--deltag', mark, '--', 'vg_san'])
    await expect(check()).rejects.toMatchObject(problem('lvm.closed'))
  })
})

it('does not stand when its thin pool is not active', async () => {
  const { host, check, ...at } = rig()
  await at.connect()
  await host.run('lvm', ['vgchange', '--devices', '/dev/sdc', '-an', '--', 'vg_san'])
  await expect(check()).rejects.toMatchObject(problem('lvm.closed'))
  await at.connect()
  await check()
})

it('is interrupted while the kernel has lost the target; nothing touches the disk then', async () => {
  const { host, check, ...at } = rig()
  await at.connect()
  set(host, '/state', 'FAILED')
  host.answers.set('lvm', 'hang')
  await expect(check()).rejects.toMatchObject(problem('iscsi.interrupted'))
  await expect(at.connect()).rejects.toMatchObject(problem('iscsi.interrupted'))
  expect(at.initiator.sessions).toHaveLength(1)
})

it('is interrupted too when the disk does not answer before the kernel has noticed', async () => {
  const { host, check, ...at } = rig()
  await at.connect()
  host.answers.set('lvm', 'hang')
  host.deadlineAt = performance.now() + 100
  await expect(check()).rejects.toMatchObject(problem('iscsi.interrupted'))
})

it('says so when the kernel has given the disk up', async () => {
  const { host, check, ...at } = rig()
  await at.connect()
  set(host, '/device/state', 'offline')
  await expect(check()).rejects.toMatchObject(problem('iscsi.disk_offline'))
})

it('looks for its place on the LUN that was chosen, and reads no other one of the target', async () => {
  const { host, initiator, place, ...at } = rig({ lun: 7 })
  initiator.san.luns = [0, 7, 9].map((lun) => fakeLun({ lun, wwid: `naa.600140500000000000000000000000${lun}0` }))
  await at.connect()
  const asked: string[] = []
  for (const program of ['lvm', 'wipefs', 'blkid', 'cmp']) {
    const usual = host.answers.get(program)
    if (typeof usual !== 'function') throw new Error(`no ${program}`)
    host.answers.set(program, (args) => {
      asked.push(args.join(' '))
      return usual(args)
    })
  }
  const { devices } = await place()
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.filter((line) => !line.includes(devices[0] ?? 'no device'))).toEqual([])
})

it('does not stand on another LUN than the one that was chosen', async () => {
  const { host, check, ...at } = rig({ wwid: 'naa.600140509a28b264b8b424db7767ad46' })
  await at.connect()
  set(host, '/device/wwid', 'naa.6001405ffffffffffffffffffffffffff')
  await expect(check()).rejects.toMatchObject(problem('iscsi.wrong_lun'))
})

/** iscsid answers a logout with these codes first, as it does while it takes over the sessions of one that was killed. */
function takingOver(host: FakeHost, codes: number[]): void {
  const usual = host.answers.get('iscsiadm')
  if (typeof usual !== 'function') throw new Error('no iscsiadm')
  host.answers.set('iscsiadm', (args) => {
    const code = args.includes('--logout') ? codes.shift() : undefined
    return code === undefined ? usual(args) : failure('iscsiadm', code, 'iscsiadm: Could not logout')
  })
}

describe('iscsid was killed', () => {
  it('a logout is tried until the new one knows the session', async () => {
    const { host, ...at } = rig()
    await at.connect()
    const codes = [2, 32]
    takingOver(host, codes)
    await at.disconnect()
    expect([codes, at.initiator.sessions]).toEqual([[], []])
  })

  it('a logout that fails for another reason is not tried again', async () => {
    const { host, ...at } = rig()
    await at.connect()
    const codes = [9, 9]
    takingOver(host, codes)
    await expect(at.disconnect()).rejects.toMatchObject({ code: 'command_failed' })
    expect(codes).toEqual([9])
  })

  it('is started again when a session has lost its target: nobody else would reconnect it', async () => {
    const { host, ...at } = rig()
    await at.connect()
    set(host, 'session1/state', 'FAILED')
    const usual = host.answers.get('iscsiadm')
    if (typeof usual !== 'function') throw new Error('no iscsiadm')
    host.answers.set('iscsiadm', (args) => {
      if (args.join(' ') === '-m session -r 1 -P 1') set(host, 'session1/state', 'LOGGED_IN')
      return usual(args)
    })
    await at.connect()
    expect(at.initiator.logins).toHaveLength(1)
  })
})

describe('while the system goes down', () => {
  it.each([
    ['thin', ['holdfast_bkd_1', 'holdfast_host_hst_a']],
    ['thick', ['holdfast_bkd_1']],
  ])('what is open is closed, and its marks stay, %s', async (provisioning, tags) => {
    const { initiator, ...at } = rig({ provisioning })
    await at.connect()
    await at.release()
    expect([initiator.sessions, [...initiator.active]]).toEqual([[], []])
    expect(initiator.san.luns[0]?.group?.tags).toEqual(tags)
    await at.release()
    await at.connect()
    await at.check()
  })

  it('what is in use stays', async () => {
    const { initiator, ...at } = rig()
    await at.connect()
    initiator.san.luns[0]?.group?.volumes.push('vol_1')
    initiator.active.add('vg_san/vol_1')
    initiator.open.add('vg_san/vol_1')
    await expect(at.release()).rejects.toMatchObject(problem('lvm.busy'))
    expect(initiator.sessions).toHaveLength(1)
  })

  it('the session stays while another of its LUNs is held', async () => {
    const { host, initiator, ...at } = rig()
    initiator.san.luns.push(fakeLun({ lun: 1, wwid: 'naa.6001405ffffffffffffffffffffffffff' }))
    await at.connect()
    const [other] = (await host.records.list('/sys/block')).filter((name) => name.startsWith('sd') && name !== 'sdc')
    host.localFiles.set(`/sys/block/${other}/holders/dm-77`, '')
    await at.release()
    expect([initiator.sessions.length, initiator.active.size]).toEqual([1, 0])
  })

  it('the session of somebody else stays, and volumes on it are closed', async () => {
    const { initiator, ...at } = rig()
    initiator.logInByHand()
    await at.connect()
    await at.release()
    expect([initiator.sessions.length, initiator.active.size]).toEqual([1, 0])
  })

  it('a target that does not answer is left without waiting for it', async () => {
    const { host, initiator, ...at } = rig()
    await at.connect()
    // Its name begins like that of ours.
    host.localFiles.set('/sys/block/sdc/holders/dm-78', '')
    host.localFiles.set('/sys/block/dm-78/dm/name', 'vg_san--other-volume\n')
    host.localFiles.set('/sys/block/sdc/holders/dm-79', '')
    host.localFiles.set('/sys/block/dm-79/dm/name', 'vg_san---volume\n')
    set(host, 'session1/state', 'FAILED')
    host.answers.set('lvm', 'hang')
    const removed: string[] = []
    host.answers.set('dmsetup', (args) => {
      removed.push(args.join(' '))
      return { exitCode: 0, stdout: '', stderr: '' }
    })
    await at.release()
    expect(initiator.sessions).toEqual([])
    expect(removed).toEqual(['remove -- vg_san-holdfast_pool'])
  })
})
