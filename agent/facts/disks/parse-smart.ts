import { z } from 'zod'
import type { DiskMessage } from '@/lib/agent-protocol/disks'
import { NO_HEALTH } from '@/lib/agent-protocol/no-health'

/** What smartctl says of a disk in one run. */
export type SmartAnswer =
  | { kind: 'read'; disk: SmartReading }
  /** It sleeps, and was not woken for this. */
  | { kind: 'asleep' }
  | { kind: 'unreadable'; problem: string }

export type SmartReading = Omit<DiskMessage, 'name' | 'sizeBytes' | 'readAt'>

/** A field that is not there, or is something else than it should be, is not known. */
function maybe<T extends z.ZodType>(type: T) {
  return type.optional().catch(undefined)
}
const Count = maybe(z.int().nonnegative())
const Flag = maybe(z.boolean())
const Text = maybe(z.string().trim().min(1).max(200))

const Attribute = z.object({
  id: z.int(),
  name: z.string().max(100),
  when_failed: Text,
  flags: maybe(z.object({ prefailure: Flag })),
  raw: maybe(z.object({ string: Text })),
})
const Statistic = z.object({ name: z.string(), value: Count, flags: maybe(z.object({ valid: Flag })) })
const Page = z.object({ number: z.int(), table: maybe(z.array(maybe(Statistic))) })
const Uncorrected = maybe(z.object({ total_uncorrected_errors: Count }))

/** Names by smartmontools 7.0 to 7.5; of the rest of its JSON nothing is looked at. */
const Report = z.object({
  smartctl: z.object({
    exit_status: z.int(),
    messages: maybe(z.array(maybe(z.object({ string: z.string(), severity: Text })))),
  }),
  device: maybe(z.object({ protocol: Text })),
  model_name: Text,
  scsi_model_name: Text,
  serial_number: Text,
  rotation_rate: Count,
  smart_support: maybe(z.object({ available: Flag, enabled: Flag })),
  smart_status: maybe(z.object({ passed: Flag })),
  temperature: maybe(z.object({ current: Count })),
  power_on_time: maybe(z.object({ hours: Count })),
  endurance_used: maybe(z.object({ current_percent: Count })),
  spare_available: maybe(z.object({ current_percent: Count })),
  ata_smart_attributes: maybe(z.object({ table: maybe(z.array(maybe(Attribute))) })),
  ata_device_statistics: maybe(z.object({ pages: maybe(z.array(maybe(Page))) })),
  nvme_smart_health_information_log: maybe(
    z.object({ critical_warning: Count, available_spare: Count, percentage_used: Count, media_errors: Count }),
  ),
  scsi_grown_defect_list: Count,
  scsi_error_counter_log: maybe(z.object({ read: Uncorrected, write: Uncorrected, verify: Uncorrected })),
  scsi_percentage_used_endurance_indicator: Count,
})
type Report = z.infer<typeof Report>

/** Bits of the exit status (smartctl(8)): the other six tell of the disk and not of the run. */
const NOT_UNDERSTOOD = 1
const NOT_OPENED = 2
/** `-n standby` ends with the second of these bits and with these words. */
const ASLEEP = /^Device is in (?:STANDBY|SLEEP)\b/

/** Reads what `smartctl --json` printed. Text that is no such JSON is unreadable; it never throws. */
export function parseSmart(text: string): SmartAnswer {
  const report = Report.safeParse(jsonIn(text)).data
  if (report === undefined) return { kind: 'unreadable', problem: 'smartctl printed nothing that can be read' }
  const messages = (report.smartctl.messages ?? []).flatMap((message) => (message ? [message] : []))
  if (messages.some(({ string }) => ASLEEP.test(string))) return { kind: 'asleep' }
  if ((report.smartctl.exit_status & (NOT_UNDERSTOOD | NOT_OPENED)) !== 0) {
    const [said] = messages.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
    return { kind: 'unreadable', problem: said?.string.slice(0, 300) ?? 'smartctl could not open it' }
  }
  return { kind: 'read', disk: readingOf(report) }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readingOf(report: Report): SmartReading {
  const attributes = attributesIn(report)
  const nvme = report.nvme_smart_health_information_log
  const protocol = protocolOf(report)
  const common = {
    protocol,
    model: report.model_name ?? report.scsi_model_name ?? null,
    serial: report.serial_number ?? null,
    rotates: rotatesOf(report, protocol),
  }
  const problem = whyNothing(report)
  // What it says beside that, such as a temperature of 0, comes from a controller and not from a disk.
  if (problem !== null) return { ...common, ...NO_HEALTH, problem }
  return {
    ...common,
    problem: null,
    passed: report.smart_status?.passed ?? null,
    failedAttributes: attributes.filter(isFailing).map(({ name }) => name),
    warnings: warningsIn(nvme?.critical_warning ?? 0),
    wearPercent: wearOf(report),
    sparePercent: nvme?.available_spare ?? report.spare_available?.current_percent ?? null,
    reallocated: rawOf(attributes, REALLOCATED) ?? report.scsi_grown_defect_list ?? null,
    pending: rawOf(attributes, PENDING),
    uncorrectable: rawOf(attributes, UNCORRECTABLE) ?? nvme?.media_errors ?? uncorrectedIn(report),
    // Disks and controllers that do not measure it say 0, and none works at that.
    temperatureC: report.temperature?.current || null,
    powerOnHours: report.power_on_time?.hours ?? null,
  }
}

function whyNothing({ smart_support, smart_status, ...report }: Report): string | null {
  if (smart_support?.available === false) return 'It has no SMART, as a volume of a RAID controller'
  if (smart_support?.enabled === false) return 'SMART is switched off on it'
  const tells =
    smart_status?.passed !== undefined ||
    report.ata_smart_attributes?.table !== undefined ||
    report.nvme_smart_health_information_log !== undefined
  return tells ? null : 'It tells nothing of its health'
}

function protocolOf({ device }: Report): SmartReading['protocol'] {
  const name = device?.protocol?.toLowerCase()
  return name === 'ata' || name === 'nvme' || name === 'scsi' ? name : null
}

/** A rate of 0 is what smartctl has for solid state; NVMe has no such field. */
function rotatesOf({ rotation_rate: rate }: Report, protocol: SmartReading['protocol']): boolean | null {
  if (protocol === 'nvme') return false
  return rate === undefined ? null : rate > 0
}

// ---- ATA ----------------------------------------------------------------------------------------------------------------

const REALLOCATED = 5
/** The two that smartd looks at by itself (`-C 197`, `-U 198`). */
const PENDING = 197
const UNCORRECTABLE = 198
const SOLID_STATE_PAGE = 7

type Attribute = z.infer<typeof Attribute>

function attributesIn(report: Report): Attribute[] {
  return (report.ata_smart_attributes?.table ?? []).flatMap((attribute) => (attribute ? [attribute] : []))
}

/** Below its threshold now, and one of those of which the maker says that the disk fails soon then. */
function isFailing({ when_failed, flags }: Attribute): boolean {
  return when_failed === 'now' && flags?.prefailure === true
}

/** The figure as smartctl words it: the raw value of some makers has two more in its upper half. */
function rawOf(attributes: readonly Attribute[], id: number): number | null {
  const figure = /^\d+(?![\w/.:])/.exec(attributes.find((one) => one.id === id)?.raw?.string ?? '')?.[0]
  return figure === undefined ? null : Number(figure)
}

// ---- all ----------------------------------------------------------------------------------------------------------------

/**
 * What makers give in their own attributes is worn up or down, and named as they like: smartctl from 7.5 on knows some of them
 * (`endurance_used`), and nothing here guesses at the others.
 */
function wearOf(report: Report): number | null {
  const page = report.ata_device_statistics?.pages?.find((one) => one?.number === SOLID_STATE_PAGE)
  const statistic = page?.table?.find((one) => one?.name === 'Percentage Used Endurance Indicator')
  return (
    report.nvme_smart_health_information_log?.percentage_used ??
    report.scsi_percentage_used_endurance_indicator ??
    (statistic?.flags?.valid === true ? statistic.value : undefined) ??
    report.endurance_used?.current_percent ??
    null
  )
}

/** Bits of Critical Warning (NVMe base specification, SMART / Health Information), lowest first. */
const WARNINGS = ['spare', 'temperature', 'reliability', 'read_only', 'backup', 'memory_region'] as const

function warningsIn(bits: number): string[] {
  return WARNINGS.filter((_, bit) => (bits & (1 << bit)) !== 0)
}

function uncorrectedIn({ scsi_error_counter_log: log }: Report): number | null {
  const counts = [log?.read, log?.write, log?.verify].flatMap((one) => one?.total_uncorrected_errors ?? [])
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
}
