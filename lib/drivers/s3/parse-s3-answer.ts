import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { hostProblem } from '@/lib/drivers/grammar'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { S3_CODES, S3_MESSAGES } from '@/lib/drivers/s3/messages'
import { HoldfastError } from '@/lib/errors'

export type Told = (typeof S3_MESSAGES)[number]['problem']

/** The part of an S3 error document that we act on. */
export interface S3Error {
  /** One of S3's own codes, or `UNKNOWN_CODE`: words of a server are shown to nobody. */
  code: string
  /** Where the server says which region it wants. */
  region: string | null
  /** Names of regions that there are, where the server lists them. */
  regions?: string[]
  /** The host, and port, to which the server points. */
  endpoint?: string
  /** What the message says beyond the code. */
  told?: Told
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
  'InvalidObjectState',
  'InvalidPart',
  'InvalidRange',
  'InvalidRequest',
  'InvalidStorageClass',
  'InvalidURI',
  'MalformedXML',
  'MaxMessageLengthExceeded',
  'MissingContentLength',
  'NoSuchUpload',
  'NoSuchVersion',
  'NotImplemented',
  'PreconditionFailed',
  'RequestTorrentOfBucketError',
  'TooManyBuckets',
  'UnexpectedContent',
  'XAmzContentSHA256Mismatch',
])

/** The root element of a whole document, or null: cut off, a web page, nothing at all. */
function rootOf(body: string): XmlElement | null {
  try {
    return parseXml(body.trim(), { ignoreUndefinedEntities: true }).root
  } catch {
    return null
  }
}

function children(parent: XmlElement | undefined, name: string): XmlElement[] {
  return (parent?.children ?? []).filter((child) => child instanceof XmlElement && child.name === name) as XmlElement[]
}

function textOf(parent: XmlElement, name: string): string {
  return children(parent, name)[0]?.text.trim() ?? ''
}

/** A name of a region, from an answer; null for other words. */
export function regionIn(text: string | null | undefined): string | null {
  return text && /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text) ? text : null
}

/** A host, with a port or without, from an answer; null for other words. */
function hostIn(text: string): string | null {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?([a-z0-9._-]+)(:\d{1,5})?\/?$/i.exec(text) ?? []
  return hostProblem(host) === null ? `${host.toLowerCase()}${port}` : null
}

/** `expecting 'eu-west-1'` of Amazon and Backblaze, `expected: 20260101/garage/s3/aws4_request` of Garage. */
function regionInMessage(message: string): string | null {
  const [, quoted, scope] =
    /expecting ['"]([\w-]+)['"]|expected:? ['"]?[^\s/]+\/([\w-]+)\/s3\/aws4_request/i.exec(message) ?? []
  return regionIn(quoted ?? scope)
}

/** `Must be one of: wnam, enam, auto` of Cloudflare. */
function regionsInMessage(message: string): string[] {
  const [, list = ''] = /one of:? ([\w', -]{1,400})/i.exec(message) ?? []
  return list.split(',').flatMap((name) => regionIn(name.replaceAll("'", '').trim()) ?? [])
}

/** The error in a body, or null when it is not an S3 error document (empty, HTML, something else). */
export function parseS3Error(body: string): S3Error | null {
  const whole = rootOf(body)
  // Some servers wrap it, as Amazon's other services do.
  const root = whole?.name === 'ErrorResponse' ? (children(whole, 'Error')[0] ?? null) : whole
  const code = root?.name === 'Error' ? textOf(root, 'Code') : ''
  if (root === null || code === '') return null
  const message = textOf(root, 'Message')
  // Google says in `<Details>` what is behind its message.
  const told = matchMessage(S3_MESSAGES, message) ?? matchMessage(S3_MESSAGES, textOf(root, 'Details'))
  const regions = regionsInMessage(message)
  const endpoint = hostIn(textOf(root, 'Endpoint'))
  return {
    code: Object.hasOwn(S3_CODES, code) || OTHER_CODES.has(code) ? code : UNKNOWN_CODE,
    region: regionIn(textOf(root, 'Region')) ?? regionInMessage(message),
    ...(regions.length > 0 ? { regions } : {}),
    ...(endpoint === null ? {} : { endpoint }),
    ...(told === null ? {} : { told }),
  }
}

/** Does only an S3 server answer like this to a request without a key? */
export function isS3Answer(body: string): boolean {
  return ['Error', 'ErrorResponse', 'ListAllMyBucketsResult'].includes(rootOf(body)?.name ?? '')
}

function unreadable(what: string): HoldfastError {
  return new HoldfastError('command_failed', `The server answered ${what} with something that is not an S3 document.`, {
    details: { problem: 's3.not_s3' },
  })
}

/** Bucket names of a ListBuckets answer. Throws `command_failed` when the document is another one or ends early. */
export function parseBuckets(body: string): string[] {
  const root = rootOf(body)
  if (root?.name !== 'ListAllMyBucketsResult') throw unreadable('the list of buckets')
  return children(children(root, 'Buckets')[0], 'Bucket').map((bucket) => {
    const name = textOf(bucket, 'Name')
    if (name === '') throw unreadable('the list of buckets')
    return name
  })
}

/** Throws `command_failed` unless the body is a whole listing of objects. */
export function expectListing(body: string): void {
  if (rootOf(body)?.name !== 'ListBucketResult') throw unreadable('the listing')
}
