import { isZone, type TimeChoice, UTC } from '@/components/ui/exact-time'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const DENSITIES = ['comfortable', 'compact'] as const
export type Density = (typeof DENSITIES)[number]

// Not the names of before: those cookies were set by the server alone, and a page cannot overwrite them.
export const THEME_COOKIE = 'holdfast-look-theme'
export const DENSITY_COOKIE = 'holdfast-look-density'
export const KEYS_COOKIE = 'holdfast-look-keys'
/** Do keys of a single letter work? */
export type Keys = 'on' | 'off'

/** The zone in which times are read, as an IANA name, and how they are shown. */
export const ZONE_COOKIE = 'holdfast-look-zone'
export const TIMES_COOKIE = 'holdfast-look-times'
/** Which columns of which table are other ones than at first, see `readColumns`. */
export const COLUMNS_COOKIE = 'holdfast-look-columns'

type LookCookie =
  | typeof THEME_COOKIE
  | typeof DENSITY_COOKIE
  | typeof KEYS_COOKIE
  | typeof ZONE_COOKIE
  | typeof TIMES_COOKIE
  | typeof COLUMNS_COOKIE

const YEAR_SECONDS = 31_536_000

/** Keeps how this browser wants the console to look; the next page is made with it. */
export function rememberAppearance(name: LookCookie, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: The Cookie Store API needs https, which a console on loopback does not have.
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`
}

export function readTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}

export function readDensity(value: string | undefined): Density {
  return DENSITIES.find((density) => density === value) ?? 'comfortable'
}

export function readKeys(value: string | undefined): Keys {
  return value === 'off' ? 'off' : 'on'
}

/** At once on this page, and remembered for the next one. */
export function applyKeys(keys: Keys) {
  document.documentElement.dataset.keys = keys
  rememberAppearance(KEYS_COOKIE, keys)
}

/** What the two cookies of times say; what they say wrong, or do not say, is relative and UTC. */
export function readTimes(zone: string | undefined, style: string | undefined): TimeChoice {
  return {
    zone: zone !== undefined && isZone(zone) ? zone : UTC.zone,
    style: style === 'absolute' ? 'absolute' : UTC.style,
  }
}
