import { describe, expect, it } from 'vitest'
import { parseLvmReport } from '@/lib/drivers/iscsi-lvm/parse-lvm-report'
import { distributions, fixture } from '@/testing/drivers/fixtures'

describe.each(distributions('iscsi-lvm', 'lvm-pvs'))('reports recorded on %s', (distribution) => {
  const recorded = (command: string, what: string) => fixture('iscsi-lvm', `${command}.${distribution}.${what}.out`)

  it('of a disk without LVM', () => {
    expect(parseLvmReport('pv', recorded('lvm-pvs', 'empty'))).toEqual([])
  })

  it('of a disk that is in no volume group', () => {
    expect(parseLvmReport('pv', recorded('lvm-pvs', 'alone'))).toEqual([
      expect.objectContaining({ pv_name: '/dev/sda', vg_name: '', vg_tags: [] }),
    ])
  })

  it('of a disk with a volume group, with its tags and its room', () => {
    expect(parseLvmReport('pv', recorded('lvm-pvs', 'group'))).toEqual([
      expect.objectContaining({
        pv_name: '/dev/sda',
        vg_name: 'vg_san',
        vg_tags: ['holdfast_bkd_lab', 'holdfast_host_hst_lab'],
        vg_size: 2_139_095_040,
        vg_free: 2_139_095_040,
      }),
    ])
    expect(parseLvmReport('lv', recorded('lvm-lvs', 'none'))).toEqual([])
  })

  it('of a thin pool', () => {
    expect(parseLvmReport('lv', recorded('lvm-lvs', 'open-volume'))).toContainEqual(
      expect.objectContaining({
        lv_name: 'holdfast_pool',
        segtype: 'thin-pool',
        lv_active: 'active',
        data_percent: 0,
        metadata_percent: expect.closeTo(11, 0),
      }),
    )
  })

  it('of a volume in use', () => {
    expect(parseLvmReport('lv', recorded('lvm-lvs', 'open-volume'))).toContainEqual(
      expect.objectContaining({ lv_name: 'vol_1', segtype: 'thin', lv_device_open: 'open', pool_lv: 'holdfast_pool' }),
    )
  })

  it('of what is not active: unknown, not 0 %', () => {
    const [pool] = parseLvmReport('lv', recorded('lvm-lvs', 'inactive'))
    expect(pool).toMatchObject({ lv_active: '', data_percent: null, metadata_percent: null })
  })
})

it.each([
  ['nothing', ''],
  ['plain text', '  PV         VG\n  /dev/sda   vg_san\n'],
  ['another report', fixture('iscsi-lvm', 'lvm-pvs.debian12.group.out').replace('"pv"', '"vg"')],
  ['figures with units', fixture('iscsi-lvm', 'lvm-pvs.debian12.group.out').replace('"2139095040"', '"1.99g"')],
  ['cut off', fixture('iscsi-lvm', 'lvm-pvs.debian12.group.out').slice(0, 80)],
])('refuses %s', (_name, stdout) => {
  for (const kind of ['pv', 'lv'] as const) {
    expect(() => parseLvmReport(kind, stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  }
})
