import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { failure } from '@/testing/drivers/fake-host'
import { FakeSan, fakeLun } from '@/testing/drivers/fake-san'
import { backend, connect, disconnect, PLAIN, plainSan, rigOver, tracesOn } from '@/testing/drivers/iscsi-rig'
import { newRecording, type Recording, recordingContext } from '@/testing/drivers/recording'

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

  it('is read once after each change, and not more often: a start of LVM takes its time on a small host', async () => {
    const rig = rigOver(plainSan())
    const verbs = async (work: (recording: Recording) => Promise<unknown>) => {
      const recording = newRecording()
      await work(recording)
      return recording.commands.flatMap(({ command, args }) => (command === 'lvm' ? [args[0]] : []))
    }
    const opening = (recording: Recording) => connect(rig, backend(), recording)
    expect(await verbs(opening)).toEqual(['version', 'pvs', 'vgcreate', 'pvs', 'lvs', 'lvcreate', 'lvs'])
    expect(await verbs(opening)).toEqual(['version', 'pvs', 'lvs'])
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

describe('the volume group of thick volumes', () => {
  const thick = backend({ ...PLAIN, provisioning: 'thick' })
  const changes = ({ commands }: ReturnType<typeof newRecording>) =>
    commands.filter(({ command, args }) => command === 'lvm' && /create|change/.test(args[0] ?? ''))

  it('is open on several hosts, of which the second writes nothing to it', async () => {
    const san = plainSan()
    const [a, b] = [rigOver(san, 'hst_a'), rigOver(san, 'hst_b')]
    const [first, second] = [newRecording(), newRecording()]
    await connect(a, thick, first)
    expect(changes(first).map(({ args }) => args.join(' '))).toEqual([
      'vgcreate --devices /dev/sdc --setautoactivation n --systemid  --addtag holdfast_bkd_1 -- vg_san /dev/sdc',
    ])
    const connection = await connect(b, thick, second)
    expect(connection?.usage).toMatchObject({ totalBytes: 2 * 1024 ** 3, usedBytes: 0 })
    expect(changes(second)).toEqual([])
    expect(san.luns[0]?.group?.tags).toEqual(['holdfast_bkd_1'])
    await disconnect(b, thick)
    expect([tracesOn(b.host), a.initiator.sessions.length]).toEqual([[], 1])
    await disconnect(a, thick)
    expect(tracesOn(a.host)).toEqual([])
  })

  it('keeps its session while another backend at the same target is looked at', async () => {
    const other = fakeLun({ lun: 1, wwid: 'naa.6001405000000000000000000000000b' })
    const rig = rigOver(plainSan(fakeLun(), other))
    await connect(rig, thick)
    await iscsiLvmHost.usage?.(
      backend({ ...PLAIN, lun: 1 }, 'bkd_2'),
      null,
      recordingContext(rig.host, newRecording(), 4_000),
    )
    await iscsiLvmHost.usage?.(thick, null, recordingContext(rig.host, newRecording(), 4_000))
    expect(rig.initiator.sessions).toHaveLength(1)
  })

  it('that one host had for itself under an earlier version is kept from others until that opens it again', async () => {
    const ours = new FakeSan().makeGroup('vg_san', ['holdfast_bkd_1', 'holdfast_host_hst_a'])
    const san = plainSan(fakeLun({ group: ours }))
    const [a, b] = [rigOver(san, 'hst_a'), rigOver(san, 'hst_b')]
    await expect(connect(b, thick)).rejects.toMatchObject({ details: { problem: 'lvm.other_host' } })
    await connect(a, thick)
    expect(ours.tags).toEqual(['holdfast_bkd_1'])
    await connect(b, thick)
  })
})
