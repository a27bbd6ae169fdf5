/** How a person reads times: in which zone (an IANA name), and whether the page shows how long ago or when. */
export interface TimeChoice {
  zone: string
  style: 'relative' | 'absolute'
}

export const UTC: TimeChoice = { zone: 'UTC', style: 'relative' }

const FORMATS = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
  FORMATS.set(zone, made)
  return made
}

/** Is it a zone that this machine knows? */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

/**
 * A moment in a zone: `date` (2026-11-29), `clock` (13:10:33), `millis` (123) and `offset` (`UTC`, `+01:00`). In ISO order and with
 * the offset in figures: the same on the server and in every browser, and sortable by eye.
 */
export function partsOf(iso: string, zone: string): { date: string; clock: string; millis: string; offset: string } {
  const found = new Map(
    formatOf(zone)
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type as string, value]),
  )
  const get = (type: string) => found.get(type) ?? ''
  const offset = get('timeZoneName')
    .replace(/^(?:GMT|UTC)/, '')
    .replace('−', '-')
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    clock: `${get('hour')}:${get('minute')}:${get('second')}`,
    millis: get('fractionalSecond'),
    offset: offset === '' || offset === '+00:00' ? 'UTC' : offset,
  }
}

/** `2026-11-29 13:10:33 +01:00` */
export function exactTime(iso: string, zone: string): string {
  const { date, clock, offset } = partsOf(iso, zone)
  return `${date} ${clock} ${offset}`
}
