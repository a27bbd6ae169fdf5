import { askedOptions, compareOptions, type OptionDifference } from '@/lib/drivers/options/effective-options'
import { driverById, isDriverId } from '@/lib/drivers/registry'

export interface OptionReport {
  /** As they are asked for on this host, in the order of mount(8). */
  asked: string[]
  /** Where the options in force are other ones, negotiated values included. */
  differences: OptionDifference[]
  /** Those of them that somebody must have changed: what remains after the kernel's own words, defaults and negotiations. */
  drift: OptionDifference[]
}

/** Both sides agree on these; what comes out is no change. */
const NEGOTIATED = new Set(['rsize', 'wsize', 'nconnect', 'port', 'mountport', 'sec', 'max_read', 'bsize'])

/** Options that are words for the same thing. */
function isSame({ asked, effective }: OptionDifference): boolean {
  // Left to both sides.
  if (asked === 'vers=default' || asked === 'vers=3') return effective?.startsWith('vers=') ?? false
  const pair = `${asked} ${effective}`
  return (
    pair === 'proto=tcp proto=tcp6' ||
    pair === 'proto=rdma proto=rdma6' ||
    pair === 'lookupcache=positive lookupcache=pos'
  )
}

/**
 * Compares the options in force (mountinfo) with those that these settings ask for. A bind mount takes over flags of the file
 * system that it shows, so there a flag that nobody asked for is no change, except that nothing can be written any more.
 */
export function optionReport(
  driver: string,
  config: Record<string, unknown>,
  target: string,
  readOnly: boolean,
  effective: string,
): OptionReport {
  const key = JSON.stringify([driver, config, target, readOnly, effective])
  const known = recent.get(key)
  if (known) return known
  const report = compare(driver, config, target, readOnly, effective)
  if (recent.size >= RECENT) recent.clear()
  recent.set(key, report)
  return report
}

/** Hosts of one mount differ little: most of a list is the same few comparisons. */
const RECENT = 1_000
const recent = new Map<string, OptionReport>()

/** The options that these settings ask for. */
export function optionsAsked(
  driver: string,
  config: Record<string, unknown>,
  target: string,
  readOnly: boolean,
): string[] {
  return askedOptions(commandsOf(driver, config, target, readOnly)) ?? flagsOf(driver, config, readOnly)
}

function compare(
  driver: string,
  config: Record<string, unknown>,
  target: string,
  readOnly: boolean,
  effective: string,
): OptionReport {
  const commands = commandsOf(driver, config, target, readOnly)
  const asked = askedOptions(commands) ?? flagsOf(driver, config, readOnly)
  const isBind = commands.some((command) => / --bind /.test(command))
  const differences = compareOptions(asked, effective).filter((difference) => !isSame(difference))
  const isInherited = ({ option, asked: wanted }: OptionDifference) => isBind && wanted === null && option !== 'ro'
  const drift = differences.filter(
    (difference) => !NEGOTIATED.has(difference.option.split('=')[0] ?? '') && !isInherited(difference),
  )
  return { asked, differences, drift }
}

function commandsOf(driver: string, config: Record<string, unknown>, target: string, readOnly: boolean): string[] {
  if (!isDriverId(driver)) return []
  const descriptor = driverById(driver)
  const parsed = descriptor.config.safeParse(config)
  return parsed.success ? (descriptor.previewCommands?.(parsed.data, target, readOnly) ?? []) : []
}

/** Of a type whose commands name no mount options: what every mount of ours has. */
function flagsOf(driver: string, config: Record<string, unknown>, readOnly: boolean): string[] {
  const canWrite = isDriverId(driver) && Object.hasOwn(driverById(driver).config.shape, 'read_only')
  const isReadOnly = readOnly || config.read_only === true
  return [
    ...(isReadOnly ? ['ro'] : canWrite ? ['rw'] : []),
    ...(config.noexec === true ? ['noexec'] : []),
    'nosuid',
    'nodev',
  ]
}
