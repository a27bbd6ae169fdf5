/** Of the year 9999. */
const LAST_TIME = Date.UTC(9999, 11, 31)

/** In ISO 8601; a storage may tell any time, in milliseconds since 1970, and what no calendar has comes to its nearest end. */
export function toldTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LAST_TIME)).toISOString()
}
