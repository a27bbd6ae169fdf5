import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  ...Object.fromEntries(
    ['K', 'M', 'G', 'T', 'P'].flatMap((letter, at) => [
      [letter, 1024 ** (at + 1)],
      [`${letter}IB`, 1024 ** (at + 1)],
      [`${letter}B`, 1000 ** (at + 1)],
    ]),
  ),
}

const SIZE = /^(\d+(?:[.,]\d+)?)\s*([a-z]*)$/i
const CURE = 'Write a size such as "10 GiB", or a number of bytes, as text: more than 0 and less than 8 PiB.'

/**
 * Bytes of what a person wrote: `10 GiB` and `10G` are powers of 1024, `10 GB` of 1000, a bare number is bytes. Rounded up to whole
 * bytes; null for what is no size, or none that a double can say exactly.
 */
export function parseSize(text: string): number | null {
  const [, figure = '', unit = ''] = SIZE.exec(text.trim()) ?? []
  const factor = UNITS[unit.toUpperCase()]
  if (figure === '' || factor === undefined) return null
  const bytes = Math.ceil(Number(figure.replace(',', '.')) * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** In a request: bytes, or words as `parseSize` reads them. */
export const SizeWords = z
  .string(CURE)
  .max(40, CURE)
  .transform((text, context) => {
    const bytes = parseSize(text)
    if (bytes !== null && bytes > 0) return bytes
    context.addIssue({ code: 'custom', message: CURE })
    return z.NEVER
  })

/** As the API says it: a volume whose size nobody knows yet has 0 in its row. */
export function shownSize(stored: bigint): number | null {
  return stored === 0n ? null : Number(stored)
}

export const SizeBytes = z.int('Give the size in whole bytes, or as size: "10 GiB".').positive('More than 0 bytes.')
