import type { DiskMessage } from '@/lib/agent-protocol/disks'
import type { HostInfo } from '@/lib/agent-protocol/messages'

const UNKNOWN = { sparePercent: null, reallocated: null, pending: null, uncorrectable: null, wearPercent: null }
const NOTHING = { ...UNKNOWN, passed: null, temperatureC: null, powerOnHours: null, readAt: null }
const WELL = { problem: null, passed: true, failedAttributes: [], warnings: [] }

function ssd(host: string, number: number, wearPercent: number): DiskMessage {
  return {
    ...UNKNOWN,
    ...WELL,
    name: `nvme${number}n1`,
    protocol: 'nvme',
    model: 'SAMSUNG MZQL2960HCJR-00A07',
    serial: `S64FNE0R${serialOf(host, number)}`,
    sizeBytes: 960_197_124_096,
    rotates: false,
    readAt: new Date().toISOString(),
    wearPercent,
    sparePercent: 100,
    uncorrectable: 0,
    temperatureC: 36 + number,
    powerOnHours: 18_400,
  }
}

function disk(host: string, number: number): DiskMessage {
  return {
    ...UNKNOWN,
    ...WELL,
    name: `sd${'abcdef'[number] ?? 'z'}`,
    protocol: 'ata',
    model: 'TOSHIBA MG08ACA16TE',
    serial: `X1P0${serialOf(host, number)}`,
    sizeBytes: 16_000_900_661_248,
    rotates: true,
    readAt: new Date().toISOString(),
    reallocated: 0,
    pending: 0,
    uncorrectable: 0,
    temperatureC: 33 + number,
    powerOnHours: 31_200,
  }
}

function serialOf(host: string, number: number): string {
  const sum = [...host].reduce((value, letter) => (value * 31 + letter.charCodeAt(0)) % 1_000_000, number + 7)
  return String(sum).padStart(6, '0')
}

/** Machines of the data centres have disks: of a backup host one fails, one is suspect and one sleeps; an SSD of a database is nearly worn. */
export function demoDisks(host: string, role: string, index: number): Pick<HostInfo, 'disks'> {
  if (role === 'edge') return {}
  const worn = role === 'database' && index === 1 ? 94 : role === 'database' ? 41 : 8
  const disks = [ssd(host, 0, worn), ssd(host, 1, worn === 94 ? 71 : worn)]
  if (role === 'backup') disks.push(...[0, 1, 2, 3].map((number) => disk(host, number)))
  if (role === 'backup' && index === 1) {
    const [, , , failing, suspect, sleeping] = disks
    if (failing) Object.assign(failing, { pending: 16, reallocated: 1_208, passed: false })
    if (suspect) Object.assign(suspect, { pending: 2, reallocated: 24 })
    if (sleeping) Object.assign(sleeping, { ...NOTHING, problem: 'It sleeps' })
  }
  return { disks: { at: new Date().toISOString(), hasTool: true, disks } }
}
