import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parseSmart } from '@/agent/facts/disks/parse-smart'

const text = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')

function reading(of: string) {
  const answer = parseSmart(of)
  if (answer.kind !== 'read') throw new Error(`not read: ${JSON.stringify(answer)}`)
  return answer.disk
}

/** The recording with something in it changed. */
function changed(name: string, change: (report: Record<string, never>) => void): string {
  const report = JSON.parse(text(name))
  change(report)
  return JSON.stringify(report)
}

describe('what real disks say', () => {
  test('an ATA disk that fails, behind a USB bridge', () => {
    expect(reading(text('ata-failing-behind-usb'))).toEqual({
      protocol: 'ata',
      model: 'Hitachi HDS721050DLE630',
      serial: 'REDACTED',
      rotates: true,
      problem: null,
      passed: false,
      failedAttributes: ['Reallocated_Sector_Ct'],
      warnings: [],
      wearPercent: null,
      sparePercent: null,
      reallocated: 1_975,
      pending: 8,
      uncorrectable: 0,
      temperatureC: 25,
      powerOnHours: 65_592,
    })
  })

  test('an SSD of ATA: worn as smartctl says, and no pending sectors where it has no such attribute', () => {
    expect(reading(text('ata-ssd'))).toMatchObject({
      rotates: false,
      passed: true,
      wearPercent: 5,
      sparePercent: 100,
      reallocated: 0,
      pending: null,
      uncorrectable: null,
    })
  })

  test('NVMe, inside and behind a USB bridge', () => {
    const well = { protocol: 'nvme', rotates: false, passed: true, warnings: [], reallocated: null, pending: null }
    expect(reading(text('nvme'))).toMatchObject({ ...well, wearPercent: 0, sparePercent: 100, uncorrectable: 0 })
    expect(reading(text('nvme-behind-usb'))).toMatchObject({ ...well, wearPercent: 0, temperatureC: 54 })
    const errors = { wearPercent: 3, sparePercent: 99, uncorrectable: 7 }
    expect(reading(text('nvme-with-media-errors'))).toMatchObject({ ...well, ...errors })
  })

  test('SAS, whose model has a name of its own in smartctl 7.3, and an SSD that is asked as one', () => {
    expect(reading(text('sas'))).toMatchObject({
      protocol: 'scsi',
      model: 'HITACHI H109060SESUN600G',
      rotates: true,
      passed: true,
      reallocated: 0,
      uncorrectable: 0,
      wearPercent: null,
      temperatureC: 26,
      powerOnHours: 22_364,
    })
    const ssd = { model: null, rotates: false, wearPercent: 11, reallocated: null, uncorrectable: null }
    expect(reading(text('ssd-by-scsi'))).toMatchObject(ssd)
  })

  test('a volume of a RAID controller has no temperature of 0, but none', () => {
    expect(reading(text('raid-volume'))).toMatchObject({
      model: 'DELL PERC H740P Mini',
      problem: expect.stringContaining('RAID'),
      passed: null,
      temperatureC: null,
      powerOnHours: null,
    })
  })

  test('a bridge that smartctl does not know is told in its words', () => {
    expect(parseSmart(text('unknown-usb-bridge'))).toEqual({
      kind: 'unreadable',
      problem: '/dev/sda: Unknown USB bridge [0x090c:0x1000 (0x1100)]',
    })
  })
})

it('leaves a disk that sleeps alone', () => {
  for (const mode of ['STANDBY mode', 'SLEEP mode', 'STANDBY (OS) mode']) {
    const messages = [{ string: `Device is in ${mode}, exit(2)`, severity: 'information' }]
    expect(parseSmart(JSON.stringify({ smartctl: { exit_status: 2, messages } }))).toEqual({ kind: 'asleep' })
  }
})

it('reads each warning of NVMe by its bit', () => {
  const warned = (bits: number) =>
    changed('nvme', (report) =>
      Object.assign(report.nvme_smart_health_information_log ?? {}, { critical_warning: bits }),
    )
  expect(reading(warned(0b101)).warnings).toEqual(['spare', 'reliability'])
  expect(reading(warned(0b111010)).warnings).toEqual(['temperature', 'read_only', 'backup', 'memory_region'])
})

it('takes how worn an SSD of ATA is from its statistics only where they are valid', () => {
  const worn = (valid: boolean) =>
    changed('ata-ssd', (report) => {
      const flags = { value: 192, string: 'V---', valid }
      const statistic = { offset: 8, name: 'Percentage Used Endurance Indicator', size: 1, value: 93, flags }
      const page = { number: 7, name: 'Solid State Device Statistics', revision: 1, table: [statistic] }
      Object.assign(report, { ata_device_statistics: { pages: [page] } })
    })
  expect([reading(worn(true)).wearPercent, reading(worn(false)).wearPercent]).toEqual([93, 5])
})

describe('what is missing is unknown', () => {
  const FIGURES = [
    'wearPercent',
    'sparePercent',
    'reallocated',
    'pending',
    'uncorrectable',
    'temperatureC',
    'powerOnHours',
  ] as const

  it.each(['ata-failing-behind-usb', 'ata-ssd', 'nvme', 'sas', 'ssd-by-scsi'])(
    '%s without its fields has no figure, and none is 0',
    (name) => {
      const bare = changed(name, (report) => {
        for (const key of Object.keys(report)) if (key !== 'smartctl' && key !== 'smart_status') delete report[key]
      })
      const disk = reading(bare)
      expect(FIGURES.map((key) => disk[key])).toEqual(FIGURES.map(() => null))
      expect(disk).toMatchObject({ model: null, failedAttributes: [], warnings: [] })
    },
  )

  it('so is what has another type than it should have, beside the rest', () => {
    const broken = changed('ata-failing-behind-usb', (report) =>
      Object.assign(report, {
        temperature: { current: '25' },
        power_on_time: null,
        rotation_rate: -1,
        smart_status: { passed: 'no' },
        model_name: 7,
      }),
    )
    expect(reading(broken)).toMatchObject({
      temperatureC: null,
      powerOnHours: null,
      rotates: null,
      passed: null,
      model: null,
      pending: 8,
    })
  })

  it('and of no JSON, an empty one and one of something else nothing is believed', () => {
    for (const nothing of ['', 'smartctl 6.6', '[]', '{}', '{"smartctl":{}}', 'null']) {
      expect(parseSmart(nothing), nothing).toMatchObject({ kind: 'unreadable' })
    }
    expect(reading('{"smartctl":{"exit_status":0}}')).toMatchObject({ problem: 'It tells nothing of its health' })
  })
})
