import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { fakeLun } from '@/testing/drivers/fake-san'
import {
  backend,
  CONFIG,
  connect,
  disconnect,
  makeSan,
  PLAIN,
  plainSan,
  rigOver,
  SECRETS,
  tracesOn,
} from '@/testing/drivers/iscsi-rig'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

describe('CHAP', () => {
  it('is really applied, with its secrets, in one attempt', async () => {
    const rig = rigOver(makeSan())
    await iscsiLvmHost.connect?.(
      toHostBackend('bkd_1', 'iscsi-lvm', CONFIG, SECRETS),
      recordingContext(rig.host, newRecording(), 4_000),
    )
    expect(rig.initiator.logins).toEqual([
      expect.objectContaining({
        'node.session.auth.authmethod': 'CHAP',
        'node.session.auth.username': 'initiator',
        'node.session.auth.password': SECRETS.chap_password,
        'node.session.auth.username_in': 'target',
        'node.session.auth.password_in': SECRETS.mutual_chap_password,
        'node.session.initial_login_retry_max': '0',
        'node.startup': 'manual',
      }),
    ])
    const record = [...rig.host.localFiles].find(([, text]) => text.includes(SECRETS.chap_password))
    expect(rig.host.secretRecords.has(record?.[0] ?? '')).toBe(true)
  })

  it('is used for the list of targets when that is asked for', async () => {
    const rig = rigOver(makeSan())
    rig.san.discoveryNeedsChap = true
    const ask = (config: Record<string, unknown>) =>
      iscsiLvmHost.discover?.targets?.(
        toHostBackend('bkd_1', 'iscsi-lvm', config, SECRETS, { partial: true }),
        recordingContext(rig.host, newRecording(), 4_000),
      )
    const { target: _typedLater, ...half } = CONFIG
    await expect(ask(half)).rejects.toMatchObject({ details: { problem: 'iscsi.discovery_denied' } })
    expect(await ask({ ...half, discovery_chap: 'same' })).toEqual([
      { value: rig.san.target, detail: '192.0.2.50:3260' },
    ])
    expect(tracesOn(rig.host)).toEqual([])
  })
})

describe('sessions', () => {
  it('that a server does not let come about are not told as a target that it lacks, when it has listed that', async () => {
    const rig = rigOver(plainSan())
    rig.san.breaksLogins = true
    await expect(connect(rig)).rejects.toMatchObject({ details: { problem: 'iscsi.login_failed' } })
    expect(tracesOn(rig.host)).toEqual([])
    const test = await iscsiLvmHost.test(backend(), recordingContext(rig.host, newRecording(), 4_000))
    expect(test.find(({ status }) => status === 'failed')).toMatchObject({
      id: 'authentication',
      problem: 'iscsi.login_failed',
    })
  })

  it('that we did not make are used and never ended', async () => {
    const rig = rigOver(plainSan())
    rig.initiator.logInByHand()
    await connect(rig)
    expect(rig.initiator.logins).toEqual([])
    await disconnect(rig)
    const test = await iscsiLvmHost.test(backend(), recordingContext(rig.host, newRecording(), 4_000))
    expect(test.find(({ id }) => id === 'authentication')?.status).toBe('skipped')
    expect(rig.initiator.sessions).toHaveLength(1)
    expect(rig.initiator.active.size).toBe(0)
  })

  it('that another backend of this host uses stay until that one is disconnected too', async () => {
    const other = fakeLun({ lun: 1, wwid: 'naa.6001405000000000000000000000000b' })
    const rig = rigOver(plainSan(fakeLun(), other))
    const second = backend({ ...PLAIN, lun: 1, volume_group: 'vg_two' }, 'bkd_2')
    await connect(rig)
    await connect(rig, second)
    expect(rig.initiator.logins).toHaveLength(1)
    await disconnect(rig)
    expect([rig.initiator.sessions.length, [...rig.initiator.active]]).toEqual([1, ['vg_two/holdfast_pool']])
    await disconnect(rig, second)
    expect(tracesOn(rig.host)).toEqual([])
  })

  it('stay after a test and a look at the usage while the backend is connected', async () => {
    const rig = rigOver(plainSan())
    await connect(rig)
    await iscsiLvmHost.test(backend(), recordingContext(rig.host, newRecording(), 4_000))
    await iscsiLvmHost.usage?.(backend(), null, recordingContext(rig.host, newRecording(), 4_000))
    expect([rig.initiator.sessions.length, rig.initiator.active.size]).toEqual([1, 1])
  })

  it('survive a test that runs at the same time as the connection', async () => {
    const rig = rigOver(plainSan())
    const test = iscsiLvmHost.test(backend(), recordingContext(rig.host, newRecording(), 4_000))
    await Promise.all([test, connect(rig)])
    expect([rig.initiator.sessions.length, rig.initiator.active.size]).toEqual([1, 1])
  })

  it('of an agent that was killed in the middle are ended by the next look', async () => {
    const rig = rigOver(makeSan())
    const full = toHostBackend('bkd_1', 'iscsi-lvm', CONFIG, SECRETS)
    const usual = rig.host.answers.get('lvm')
    rig.host.answers.set('lvm', () => {
      throw new Error('killed')
    })
    await iscsiLvmHost.usage?.(full, null, recordingContext(rig.host, newRecording(), 4_000)).catch(() => undefined)
    expect(rig.initiator.sessions).toHaveLength(1)
    if (usual !== undefined) rig.host.answers.set('lvm', usual)
    await iscsiLvmHost.usage?.(full, null, recordingContext(rig.host, newRecording(), 4_000))
    expect(tracesOn(rig.host)).toEqual([])
  })
})
