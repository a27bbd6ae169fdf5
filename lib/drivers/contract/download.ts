import type { Secret } from '@/lib/secret'

/**
 * How one file of a storage is fetched by a program of its own: what the driver has found out by asking once. It holds nothing that
 * would have to be asked again, so a download that was cut off goes on with it.
 */
export interface Download {
  /** Where it lies; redirects within the server have been followed. */
  url: string
  /** Of the server, resolved and allowed. No other is connected to, whatever its name says later. */
  address: string
  headers: Readonly<Record<string, string | Secret>>
  /** PEM authorities to trust besides the usual ones. */
  ca?: string
  /** Take any certificate. */
  unverified?: boolean
  /** Bytes; null: the server does not say. */
  sizeBytes: number | null
  /**
   * Tells this content from what may lie there later (an ETag or a date, as `If-Range` takes it). Null: a part of it cannot be asked for,
   * or nobody could tell whether it is a part of the same; then it is fetched from its beginning each time.
   */
  validator: string | null
}
