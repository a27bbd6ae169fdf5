import type { MountOption } from '@/lib/drivers/contract/mount-request'
import { askedOptions } from '@/lib/drivers/mounting/commands'
import { compareOptions, type OptionDifference } from '@/lib/drivers/options/effective-options'
import { optionWord } from '@/lib/drivers/options/mount-options'
import { mountRequestFor, optionFactsOf } from '@/lib/drivers/requests'

export interface OptionReport {
  /** As they are asked for on this host, in the order of mount(8). */
  asked: string[]
  /** Where the options in force are other ones, negotiated values included. */
  differences: OptionDifference[]
  /** Those of them that somebody must have changed: what remains after the kernel's own words, defaults and negotiations. */
  drift: OptionDifference[]
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

/** Hosts of one mount differ little: most of a list is the same few comparisons. All mounts of a large fleet find room. */
const RECENT = 6_000
const recent = new Map<string, OptionReport>()

/** The options that these settings ask for; empty where that cannot be said. */
export function optionsAsked(
  driver: string,
  config: Record<string, unknown>,
  target: string,
  readOnly: boolean,
): string[] {
  const request = mountRequestFor(driver, config, { mountId: '', path: target, readOnly })
  return request === null ? [] : askedOptions(request).map(optionWord)
}

function compare(
  driver: string,
  config: Record<string, unknown>,
  target: string,
  readOnly: boolean,
  effective: string,
): OptionReport {
  const request = mountRequestFor(driver, config, { mountId: '', path: target, readOnly })
  if (request === null) return { asked: [], differences: [], drift: [] }
  const asked: MountOption[] = askedOptions(request)
  const facts = optionFactsOf(driver)
  const differences = compareOptions(asked, effective, facts)
  const isInherited = ({ option, asked: wanted }: OptionDifference) =>
    request.kind === 'bind' && wanted === null && option !== 'ro'
  const isNegotiated = ({ option }: OptionDifference) => facts.negotiated?.includes(option) ?? false
  const drift = differences.filter((difference) => !isNegotiated(difference) && !isInherited(difference))
  return { asked: asked.map(optionWord), differences, drift }
}
