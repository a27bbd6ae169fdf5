/** Bytes of a file: from `first`, `length` of them; null: to the end. A suffix counts from the end. */
export type Range = { first: number; length: number | null } | { suffix: number }

/**
 * The one range that a `Range` header asks for (RFC 9110, 14.2); null: all of it. Several ranges, other units and what is no range are
 * ignored, as the standard allows.
 */
export function parseRange(header: string | null): Range | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (from === '') return to === '' ? null : { suffix: Number(to) }
  if (to === '') return { first: Number(from), length: null }
  const length = Number(to) - Number(from) + 1
  return length <= 0 ? null : { first: Number(from), length }
}
