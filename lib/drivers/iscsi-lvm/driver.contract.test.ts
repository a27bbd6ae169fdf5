import { describe, expect, it } from 'vitest'
import { commandLine } from '@/lib/drivers/command-line'
import type { HostBackend } from '@/lib/drivers/contract/host'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmConnecting } from '@/lib/drivers/iscsi-lvm/connecting'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { type DriverRig, describeDriver, type FailureCase } from '@/testing/drivers/describe-driver'
import { FakeHost, failure } from '@/testing/drivers/fake-host'
import { FakeInitiator, FakeSan, fakeLun } from '@/testing/drivers/fake-san'
import { newRecording, type Recording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: FakeHost
  san: FakeSan
  initiator: FakeInitiator
}

const SECRETS = { chap_password: 'not-a-real-chap-pw', mutual_chap_password: 'not-a-real-mutual' }
const CONFIG = {
  portal: 'san.example.com',
  target: 'iqn.2026-01.com.example:storage',
  volume_group: 'vg_san',
  chap_enabled: true,
  chap_user: 'initiator',
  mutual_chap_enabled: true,
  mutual_chap_user: 'target',
}
const PLAIN = { portal: 'san.example.com', target: CONFIG.target, volume_group: 'vg_san' }

function makeSan(): FakeSan {
  const san = new FakeSan()
  san.chap = { user: 'initiator', password: SECRETS.chap_password }
  san.mutual = { user: 'target', password: SECRETS.mutual_chap_password }
  return san
}

function rigOver(san: FakeSan, hostId = 'hst_a'): Rig {
  const host = new FakeHost(hostId)
  const initiator = new FakeInitiator(host, san)
  const target = { mountId: 'mnt_1', path: '/mnt/never', readOnly: false }
  return {
    host,
    san,
    initiator,
    target,
    hold: async () => {
      initiator.active.add('vg_san/vol_1')
      initiator.open.add('vg_san/vol_1')
      for (const lun of san.luns) lun.group?.volumes.push('vol_1')
      return async () => void initiator.open.clear()
    },
    traces: async () => tracesOn(host),
    close: async () => undefined,
  }
}

/** Everything of a connection that could be left on a host. */
function tracesOn(host: FakeHost): string[] {
  return [...host.localFiles.keys()].filter(
    (path) => path.startsWith('/etc/iscsi/') !== path.endsWith('initiatorname.iscsi') || path.startsWith('/sys/'),
  )
}

function lunIs(
  change: Parameters<typeof fakeLun>[0],
  name: string,
  problem: FailureCase<Rig>['problem'],
): FailureCase<Rig> {
  const arrange = ({ san }: Rig) => {
    san.luns = [fakeLun(change)]
  }
  return { name, arrange, step: 'target', problem }
}

const group = (tags: string[]) => new FakeSan().makeGroup('vg_san', tags)

describeDriver<Rig>('fake host', {
  driver: iscsiLvmHost,
  config: CONFIG,
  secrets: SECRETS,
  rig: async () => rigOver(makeSan()),
  limitMs: 4_000,
  hang: ({ san, host }) => {
    san.state = 'hung'
    host.deadlineAt = performance.now() + 200
  },
  failures: [
    {
      name: 'open-iscsi is missing',
      arrange: ({ host }) => void host.answers.delete('iscsiadm'),
      step: 'tools',
      problem: 'tool.missing',
    },
    {
      name: 'thin provisioning tools are missing',
      arrange: ({ host }) => void host.answers.delete('thin_check'),
      step: 'tools',
      problem: 'tool.missing',
    },
    {
      name: 'LVM cannot be limited to a device',
      arrange: ({ host }) =>
        void host.answers.set('lvm', { exitCode: 0, stdout: '  LVM version:     2.03.11(2)\n', stderr: '' }),
      step: 'tools',
      problem: 'lvm.too_old',
    },
    { name: 'unknown name', config: { portal: 'nowhere.example.com' }, step: 'name', problem: 'name.not_found' },
    { name: 'nothing listens', config: { portal: 'san.example.com:3261' }, step: 'tcp', problem: 'network.refused' },
    {
      name: 'another service on the port',
      arrange: ({ host }) => {
        const usual = host.answers.get('iscsiadm')
        host.answers.set('iscsiadm', (args) => {
          if (args.includes('discovery'))
            return failure('iscsiadm', 11, 'iscsiadm: Could not perform SendTargets discovery')
          return typeof usual === 'function' ? usual(args) : 'hang'
        })
      },
      step: 'protocol',
      problem: 'iscsi.not_iscsi',
    },
    {
      name: 'another target',
      config: { target: 'iqn.2026-01.com.example:other' },
      step: 'protocol',
      problem: 'iscsi.target_missing',
    },
    { name: 'no secret', secrets: {}, step: 'authentication', problem: 'iscsi.no_secret' },
    {
      name: 'wrong secret',
      secrets: { ...SECRETS, chap_password: 'not-the-chap-pw' },
      step: 'authentication',
      problem: 'iscsi.credentials',
    },
    {
      name: 'CHAP switched off here',
      config: { chap_enabled: false, mutual_chap_enabled: false },
      step: 'authentication',
      problem: 'iscsi.chap_needed',
    },
    {
      name: 'the target cannot prove itself',
      secrets: { ...SECRETS, mutual_chap_password: 'not-the-targets' },
      step: 'authentication',
      problem: 'iscsi.mutual_failed',
    },
    { name: 'a swapped LUN', config: { wwid: 'naa.6001405ffffffffff' }, step: 'target', problem: 'iscsi.wrong_lun' },
    lunIs({ readOnly: true }, 'a LUN that is read only', 'iscsi.read_only'),
    lunIs({ signature: 'ext4' }, 'a file system on the LUN', 'lvm.not_empty'),
    lunIs({ blkid: 'btrfs' }, 'a file system that only blkid knows', 'lvm.not_empty'),
    lunIs({ dirty: 'first' }, 'unknown data at the start', 'lvm.not_empty'),
    lunIs({ dirty: 'last' }, 'unknown data at the end', 'lvm.not_empty'),
    lunIs({ orphan: true }, 'a physical volume without a group', 'lvm.not_empty'),
    lunIs({ group: group([]) }, 'a volume group of somebody else', 'lvm.foreign_group'),
    lunIs({ group: group(['holdfast_bkd_other']) }, 'a volume group of another backend', 'lvm.foreign_group'),
  ],
  malformed: [
    {
      name: 'a list of targets in another format',
      arrange: ({ host }) =>
        void host.answers.set('iscsiadm', { exitCode: 0, stdout: 'iscsiadm version 3\n', stderr: '' }),
      act: 'discover',
    },
    {
      name: 'a report of LVM in another format',
      arrange: ({ host }) =>
        void host.answers.set('lvm', { exitCode: 0, stdout: '  LVM version:     2.03.16(2)\n', stderr: '' }),
      act: 'usage',
    },
  ],
})

function backend(config: Record<string, unknown> = PLAIN, id = 'bkd_1'): HostBackend {
  return toHostBackend(id, 'iscsi-lvm', config, {})
}

function plainSan(...luns: ReturnType<typeof fakeLun>[]): FakeSan {
  const san = new FakeSan()
  if (luns.length > 0) san.luns = luns
  return san
}

async function connect(rig: Rig, of: HostBackend = backend(), recording: Recording = newRecording()) {
  return await iscsiLvmHost.connect?.(of, recordingContext(rig.host, recording, 4_000))
}

async function disconnect(rig: Rig, of: HostBackend = backend(), recording: Recording = newRecording()) {
  await iscsiLvmHost.disconnect?.(of, recordingContext(rig.host, recording, 4_000))
}

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

describe('the LUN', () => {
  it('is found by its WWID, never by the order in which disks came', async () => {
    const data = fakeLun({ lun: 0, wwid: 'naa.6001405000000000000000000000000a', signature: 'ext4' })
    const wanted = fakeLun({ lun: 7, wwid: 'naa.6001405000000000000000000000000b' })
    const rig = rigOver(plainSan(data, wanted))
    const connection = await connect(rig, backend({ ...PLAIN, wwid: wanted.wwid }))
    expect(connection?.details).toMatchObject({ WWID: wanted.wwid, Device: '/dev/sdj' })
    expect([data.group, wanted.group?.name]).toEqual([null, 'vg_san'])
  })

  it('is offered with its identity', async () => {
    const rig = rigOver(plainSan(fakeLun({ lun: 3 })))
    const found = await iscsiLvmHost.discover?.luns?.(
      toHostBackend('bkd_1', 'iscsi-lvm', PLAIN, {}, { partial: true }),
      recordingContext(rig.host, newRecording(), 4_000),
    )
    expect(found).toEqual([{ value: fakeLun().wwid, label: fakeLun().wwid, detail: 'LUN 3, 2.00 GiB' }])
    expect(tracesOn(rig.host)).toEqual([])
  })

  it('that another program holds is not touched', async () => {
    const rig = rigOver(plainSan())
    rig.initiator.logInByHand()
    rig.host.localFiles.set('/sys/block/sdc/holders/dm-7', '')
    rig.host.localFiles.set('/sys/block/dm-7/dm/uuid', 'mpath-3600140\n')
    await expect(connect(rig)).rejects.toMatchObject({ details: { problem: 'iscsi.multipath' } })
    rig.host.localFiles.set('/sys/block/dm-7/dm/uuid', 'CRYPT-LUKS2-x\n')
    await expect(connect(rig)).rejects.toMatchObject({ details: { problem: 'iscsi.in_use' } })
    expect(rig.san.luns[0]?.group).toBeNull()
  })
})

describe('the volume group', () => {
  it('is made with our marks and without automatic activation; LVM sees our disk only, and nothing is forced', async () => {
    const rig = rigOver(plainSan())
    const recording = newRecording()
    await connect(rig, backend(), recording)
    expect(rig.san.luns[0]?.group?.tags).toEqual(['holdfast_bkd_1', 'holdfast_host_hst_a'])
    const lvm = recording.commands.filter(({ command, args }) => command === 'lvm' && args[0] !== 'version')
    expect(lvm.length).toBeGreaterThan(3)
    for (const { args } of lvm) {
      expect(args.slice(1, 3)).toEqual(['--devices', '/dev/sdc'])
      expect(args).not.toContain('-f')
      expect(args).not.toContain('-y')
    }
    expect(lvm.find(({ args }) => args[0] === 'vgcreate')?.args).toEqual(
      expect.arrayContaining(['--setautoactivation', 'n']),
    )
    expect(lvm.some(({ args }) => args[0] === 'pvcreate')).toBe(false)
  })

  it('that carries our mark is adopted with what is in it', async () => {
    const ours = new FakeSan().makeGroup('vg_renamed', ['holdfast_bkd_1'])
    ours.pool = { data: 25, metadata: 50 }
    ours.volumes.push('vol_1')
    const rig = rigOver(plainSan(fakeLun({ group: ours })))
    const connection = await connect(rig)
    expect(connection?.details['Volume group']).toBe('vg_renamed')
    expect(connection?.usage).toMatchObject({ thinPool: { dataPercent: 25, metadataPercent: 50 } })
    expect(rig.initiator.active).toEqual(new Set(['vg_renamed/holdfast_pool']))
    await disconnect(rig)
    expect(ours.tags).toEqual(['holdfast_bkd_1'])
  })

  it('is opened on one host at a time', async () => {
    const san = plainSan()
    const [a, b] = [rigOver(san, 'hst_a'), rigOver(san, 'hst_b')]
    await connect(a)
    const error = await connect(b).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'conflict', details: { problem: 'lvm.other_host' } })
    expect(String(error)).toContain('hst_a')
    expect([b.initiator.active.size, b.initiator.sessions.length]).toEqual([0, 0])
    await disconnect(b)
    expect([a.initiator.active.size, san.luns[0]?.group?.tags.includes('holdfast_host_hst_a')]).toEqual([1, true])
    await disconnect(a)
    await connect(b)
    expect(san.luns[0]?.group?.tags).toEqual(['holdfast_bkd_1', 'holdfast_host_hst_b'])
  })

  it('is not taken for an active one of the host that has the same name', async () => {
    const rig = rigOver(plainSan())
    rig.host.localFiles.set('/sys/block/dm-0/dm/name', 'vg_san-root\n')
    rig.host.localFiles.set('/sys/block/dm-0/dm/uuid', 'LVM-somebodyelse\n')
    await expect(connect(rig)).rejects.toMatchObject({ details: { problem: 'lvm.name_taken' } })
    expect(rig.san.luns[0]?.group).toBeNull()
    expect(rig.initiator.sessions).toEqual([])
  })

  it('stays open while a volume is in use, and says which', async () => {
    const rig = rigOver(plainSan())
    await connect(rig)
    const release = await rig.hold()
    const error = await disconnect(rig).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'busy', details: { problem: 'lvm.busy' } })
    expect(String(error)).toContain('vol_1')
    expect(rig.initiator.sessions).toHaveLength(1)
    await release()
    await disconnect(rig)
    expect(tracesOn(rig.host)).toEqual([])
  })

  it('is closed again when the thin pool could not be made', async () => {
    const rig = rigOver(plainSan())
    const usual = rig.host.answers.get('lvm')
    rig.host.answers.set('lvm', (args) => {
      if (args[0] === 'lvcreate') return failure('lvm', 5, '  Insufficient suitable allocatable extents')
      return typeof usual === 'function' ? usual(args) : 'hang'
    })
    await expect(connect(rig)).rejects.toMatchObject({ details: { problem: 'lvm.failed' } })
    expect(rig.san.luns[0]?.group?.tags).toEqual(['holdfast_bkd_1'])
    expect(tracesOn(rig.host)).toEqual([])
  })

  it('has thick volumes when that is asked for', async () => {
    const rig = rigOver(plainSan())
    const connection = await connect(rig, backend({ ...PLAIN, provisioning: 'thick' }))
    expect(rig.san.luns[0]?.group?.pool).toBeNull()
    expect(connection?.usage).toMatchObject({ totalBytes: 2 * 1024 ** 3, usedBytes: 0 })
  })
})

describe('the preview', () => {
  const place = { backendId: 'bkd_1', hostId: 'hst_a' }
  const CHANGES = new Set(['vgcreate', 'lvcreate', 'vgchange', 'lvchange'])
  /** What changed something, with the words of the preview for what it cannot know. */
  function changesIn({ commands }: Recording): string[] {
    const isChange = (command: string, args: readonly string[]) =>
      command === 'lvm' ? CHANGES.has(args[0] ?? '') : command === 'blockdev' || command === 'iscsiadm'
    return commands
      .filter(({ command, args }) => isChange(command, args) && !args.includes('--version'))
      .map(commandLine)
      .map((line) => line.replaceAll(/\/dev\/sd[a-z]+/g, '/dev/sdX').replace(/ -r \d+ /, ' -r N '))
      .map((line) => line.replace('192.0.2.50', 'san.example.com'))
  }

  it.each(['thin', 'thick'] as const)(
    'shows the commands that run, in order, with %s volumes',
    async (provisioning) => {
      const rig = rigOver(plainSan())
      const open = backend({ ...PLAIN, provisioning })
      const [first, closed, again] = [newRecording(), newRecording(), newRecording()]
      await connect(rig, open, first)
      const opening = iscsiLvmConnecting.connect(iscsiLvm.config.parse(open.config), place)
      const made = changesIn(first).filter((line) => /vgcreate|lvcreate/.test(line))
      expect(opening.notes.join('\n')).toContain(`: ${made.join('; ')}.`)
      await iscsiLvmHost.disconnect?.(open, recordingContext(rig.host, closed, 4_000))
      const closing = iscsiLvmConnecting.disconnect(iscsiLvm.config.parse(open.config), place)
      expect(closing.commands.map(commandLine)).toEqual(changesIn(closed))
      await connect(rig, open, again)
      expect(opening.commands.map(commandLine)).toEqual(changesIn(again))
    },
  )
})

describe('sessions', () => {
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
