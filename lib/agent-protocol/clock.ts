/** Clocks of healthy machines differ by less than this, in milliseconds; more is said aloud. */
export const CLOCK_WARNING_MS = 60_000
/** What people do about it. */
export const CLOCK_CURE = 'Set the clocks of both machines by NTP, such as with "timedatectl set-ntp true".'

const UNITS = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A difference of clocks in words: `10 min`, `3 days`. Given in milliseconds, of either sign. */
export function span(ms: number): string {
  const length = Math.abs(ms)
  const [unit, size] = UNITS.find(([, size]) => length >= 2 * size) ?? ['s', 1_000]
  return `${Math.round(length / size)} ${unit}`
}

export interface Validity {
  validFromDate: Date
  validToDate: Date
}

/**
 * Why a certificate does not hold at this moment, with both times and the way out; null when it does. `clock` names whose clock it
 * is, such as "this host".
 */
export function whyNotValid({ validFromDate, validToDate }: Validity, now: Date, clock: string): string | null {
  const said = `the clock of ${clock} says ${now.toISOString()}`
  if (validFromDate > now) {
    const ahead = span(validFromDate.getTime() - now.getTime())
    return `is valid from ${validFromDate.toISOString()} on, and ${said}, ${ahead} earlier. ${CLOCK_CURE}`
  }
  if (validToDate <= now) {
    const late = span(now.getTime() - validToDate.getTime())
    return `was valid until ${validToDate.toISOString()}, and ${said}, ${late} later. If that clock is wrong: ${CLOCK_CURE}`
  }
  return null
}
