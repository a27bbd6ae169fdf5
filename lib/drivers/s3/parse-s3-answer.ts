import { S3_CODES } from '@/lib/drivers/s3/messages'
import { HoldfastError } from '@/lib/errors'

/** The part of an S3 error document that we act on. */
export interface S3Error {
  /** One of S3's own codes, or `UNKNOWN_CODE`: words of a server are shown to nobody. */
  code: string
  /** Where the server says which region it wants. */
  region: string | null
}

export const UNKNOWN_CODE = 'an unknown error code'

/** Codes of S3 for which Holdfast has no advice of its own; their names alone help whoever knows S3. */
const OTHER_CODES: ReadonlySet<string> = new Set([
  'AccessPointAlreadyOwnedByYou',
  'BadDigest',
  'BucketAlreadyExists',
  'BucketAlreadyOwnedByYou',
  'BucketNotEmpty',
  'EntityTooSmall',
  'IncompleteBody',
  'InvalidArgument',
  'InvalidDigest',
  'InvalidLocationConstraint',
  'InvalidObjectState',
  'InvalidPart',
  'InvalidRange',
  'InvalidRequest',
  'InvalidSecurity',
  'InvalidStorageClass',
  'InvalidURI',
  'KeyTooLongError',
  'MalformedXML',
  'MaxMessageLengthExceeded',
  'MissingContentLength',
  'MissingSecurityHeader',
  'NoSuchUpload',
  'NoSuchVersion',
  'NotImplemented',
  'OperationAborted',
  'PreconditionFailed',
  'RequestTimeout',
  'RequestTorrentOfBucketError',
  'TooManyBuckets',
  'UnexpectedContent',
  'XAmzContentSHA256Mismatch',
])

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

function firstText(xml: string, tag: string): string | null {
  const found = new RegExp(`<${tag}(?:\\s[^>]*)?>([^<]*)</${tag}>`).exec(xml)?.[1]
  return found === undefined ? null : decode(found.trim())
}

/** A name of a region, from an answer; null for other words. */
export function regionIn(text: string | null | undefined): string | null {
  return text && /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text) ? text : null
}

/** The error in a body, or null when it is not an S3 error document (empty, HTML, something else). */
export function parseS3Error(body: string): S3Error | null {
  if (!/<Error[\s>]/.test(body)) return null
  const code = firstText(body, 'Code')
  if (code === null || code === '') return null
  return {
    code: Object.hasOwn(S3_CODES, code) || OTHER_CODES.has(code) ? code : UNKNOWN_CODE,
    region: regionIn(firstText(body, 'Region')),
  }
}

function unreadable(what: string): HoldfastError {
  return new HoldfastError('command_failed', `The server answered ${what} with something that is not an S3 document.`, {
    details: { problem: 's3.not_s3' },
  })
}

/** Bucket names of a ListBuckets answer. Throws `command_failed` when the document is another one or ends early. */
export function parseBuckets(body: string): string[] {
  if (!/<ListAllMyBucketsResult[\s>]/.test(body) || !/<\/ListAllMyBucketsResult>\s*$/.test(body))
    throw unreadable('the list of buckets')
  return [...body.matchAll(/<Bucket>(.*?)<\/Bucket>/gs)].map(([, inner]) => {
    const name = firstText(inner ?? '', 'Name')
    if (name === null || name === '') throw unreadable('the list of buckets')
    return name
  })
}

/** Throws `command_failed` unless the body is a whole listing of objects. */
export function expectListing(body: string): void {
  if (!/<ListBucketResult[\s>]/.test(body) || !/<\/ListBucketResult>\s*$/.test(body)) throw unreadable('the listing')
}
