import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { readReport } from '@/lib/lvm/report'
import { GroupRow, oneEach, VolumeRow } from '@/lib/volume-engines/lvm/reports'
import { EXTENT } from '@/testing/volume-engines/fake-lvm-arguments'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'

/** Recorded from LVM 2.03.16 of Debian 12 with `global { activation = 0 }`: the thin pool was put into the metadata by hand. */
const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)), 'utf8')

describe('reports', () => {
  it('of thin volumes, with tags and roles', () => {
    const rows = readReport('lvs', 'lv', VolumeRow, fixture('lvm-lvs.debian12.thin.out'))
    const thin = { segtype: 'thin', pool_lv: 'holdfast_pool', lv_size: 83_886_080 }
    expect(rows).toEqual([
      expect.objectContaining({
        lv_name: 'holdfast_pool',
        segtype: 'thin-pool',
        lv_role: ['private'],
        zero: 'zero',
        discards: 'passdown',
      }),
      expect.objectContaining({ ...thin, lv_name: 'snp_1', lv_role: ['public', 'snapshot', 'thinsnapshot'] }),
      expect.objectContaining({ ...thin, lv_name: 'vol_1', lv_tags: ['holdfast', 'holdfast.volume=vol_1'] }),
    ])
    // Nothing is measured of what is not active.
    for (const row of rows) expect(row).toMatchObject({ data_percent: null, metadata_percent: null })
  })

  it('of a volume in two pieces, which LVM tells of twice', () => {
    const rows = readReport('lvs', 'lv', VolumeRow, fixture('lvm-lvs.debian12.pieces.out'))
    expect(rows.map(({ lv_name }) => lv_name)).toEqual(['vol_1', 'vol_1', 'vol_2'])
    expect(oneEach(rows).map(({ lv_name, lv_size }) => [lv_name, lv_size])).toEqual([
      ['vol_1', 16_777_216],
      ['vol_2', 8_388_608],
    ])
  })

  it('of a group, and of none', () => {
    expect(readReport('lvs', 'lv', VolumeRow, fixture('lvm-lvs.debian12.empty.out'))).toEqual([])
    expect(readReport('vgs', 'vg', GroupRow, fixture('lvm-vgs.debian12.none.out'))).toEqual([])
    expect(readReport('vgs', 'vg', GroupRow, fixture('lvm-vgs.debian12.group.out'))).toEqual([
      expect.objectContaining({
        vg_tags: ['holdfast.pool=pol_lab', 'holdfast_bkd_lab', 'holdfast_host_hst_lab'],
        vg_size: 415_236_096,
        vg_extent_size: EXTENT,
        vg_missing_pv_count: 0,
      }),
    ])
  })

  it('that are something else are refused', () => {
    const thin = fixture('lvm-lvs.debian12.thin.out')
    for (const text of ['', 'LV VG', thin.slice(0, 300), thin.replaceAll('"209715200"', '"200.00m"')]) {
      expect(() => readReport('lvs', 'lv', VolumeRow, text)).toThrow(
        expect.objectContaining({ code: 'command_failed' }),
      )
    }
  })
})

/** Names and figures differ. */
const shape = (text: string) =>
  text
    .replaceAll(/"[^"]*"|\bvg_\w+\/\w+/g, '""')
    .replaceAll(/\bvg_\w+/g, 'VG')
    .replaceAll(/\d+/g, 'N')
    .trim()

describe('the simulated LVM says what the real one says', () => {
  const inactive = ['--activate', 'n', '--zero', 'n', '--wipesignatures', 'n']
  const make = (name: string, bytes: number) => ['lvcreate', '--size', `${bytes}b`, ...inactive, '--name', name]

  it.each([
    ['lvm-lvcreate.debian12.taken.err', [...make('old_data', EXTENT), '--', 'vg_san']],
    ['lvm-lvcreate.debian12.no-room.err', [...make('vol_3', 2 ** 40), '--', 'vg_san']],
    ['lvm-lvrename.debian12.none.err', ['lvrename', '--', 'vg_san', 'vol_nix', 'vol_9']],
    ['lvm-lvextend.debian12.same.err', ['lvextend', '--size', `${EXTENT}b`, '--', 'vg_san/old_data']],
    ['lvm-lvchange.debian12.none.err', ['lvchange', '--addtag', 'x', '--', 'vg_san/none']],
    ['lvm-vgs.debian12.none.err', ['vgs', '-o', 'vg_name', '--', 'vg_none']],
  ])('%s', async (recorded, [verb = '', ...args]) => {
    const rig = new FakeLvmRig('thick')
    await rig.putForeign(new Uint8Array(1))
    const error = failureOf(() => rig.group.lvm([verb, '--devices', rig.group.device, ...args]))
    expect([error.exitCode, shape(error.stderr)]).toEqual([5, shape(fixture(recorded))])
  })

  it('of a thin pool that is to have more than there is', () => {
    const { group } = new FakeLvmRig('thin')
    group.dataPercent = 82.81
    const policy = 'activation { thin_pool_autoextend_threshold = 80 thin_pool_autoextend_percent = 20 }'
    const args = ['--devices', group.device, '--config', policy, '--use-policies', '--', 'vg_san/holdfast_pool']
    const error = failureOf(() => group.lvm(['lvextend', ...args]))
    expect([error.exitCode, shape(error.stderr)]).toEqual([
      5,
      shape(fixture('lvm-lvextend.debian12.policy-no-room.err')),
    ])
  })
})

function failureOf(work: () => unknown): CommandError {
  try {
    work()
  } catch (error) {
    if (error instanceof CommandError) return error
  }
  throw new Error('It did not fail.')
}
