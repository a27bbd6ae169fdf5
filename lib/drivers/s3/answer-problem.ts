import type { HttpAnswer } from '@/lib/drivers/contract/driver-host'
import { hostProblem } from '@/lib/drivers/grammar'
import { matchCode, PLAIN_HTTP_TO_HTTPS } from '@/lib/drivers/problems/messages'
import { ARE_YOU_A_PERSON, CERTIFICATE_WANTED, NOTHING_BEHIND, PLAIN_TO_TLS, S3_CODES } from '@/lib/drivers/s3/messages'
import { isS3Answer, parseS3Error, regionIn, type S3Error, type Told } from '@/lib/drivers/s3/parse-s3-answer'
import type { Signable } from '@/lib/drivers/s3/sigv4'

/** What an answer can mean: the values that their words speak of are put together in one place. */
export type AnswerProblem =
  | (typeof S3_CODES)[keyof typeof S3_CODES]
  | Told
  | 's3.use_https'
  | 's3.redirected'
  | 's3.blocked'
  | 's3.gateway'
  | 's3.unexpected'

/** What was asked, as far as it decides what an answer means. */
export interface Asked {
  method: Signable['method']
  url: URL
  /** As it is configured. */
  endpoint: string
  bucket: string | undefined
}

export interface Understood {
  problem: AnswerProblem
  code: string | undefined
  /** An endpoint to which the answer points. */
  location: string | undefined
  /** Only what the server says: the region that is configured may be the wrong one. */
  region: string | undefined
  choices: string | undefined
}

/** What an answer that is not a success means, with what it tells. */
export function understand(answer: HttpAnswer, asked: Asked): Understood {
  const found = parseS3Error(answer.body)
  const header = regionIn(answer.headers['x-amz-bucket-region'])
  const location = found === null || found.code === PLAIN_TO_TLS ? locationOf(answer, asked) : undefined
  const { region, choices } = regionOf(found, header)
  const problem = problemOf(answer, asked, found, header, location)
  return {
    problem,
    code: found?.code,
    location: pointedTo(problem, found, answer, asked) ?? location,
    region,
    choices,
  }
}

/** The endpoint that a document names, or where S3 answers instead of a console. */
function pointedTo(
  problem: AnswerProblem,
  found: S3Error | null,
  answer: HttpAnswer,
  asked: Asked,
): string | undefined {
  if (problem === 's3.console_port') return apiPortOf(asked)
  if (problem !== 's3.wrong_endpoint') return undefined
  if (found?.endpoint === undefined) return locationOf(answer, asked)
  const { protocol } = asked.url
  // The address for web pages is none of the S3 API.
  if (/(?:^|\.)s3-website[.-]/.test(found.endpoint)) return undefined
  return withoutBucket(new URL(`${protocol}//${found.endpoint}`), asked).origin
}

/** The usual port of MinIO, unless that is the one of the console. */
function apiPortOf({ endpoint }: Asked): string | undefined {
  const url = new URL(endpoint)
  if (url.port === '9000') return undefined
  url.port = '9000'
  return url.origin
}

function regionOf(found: S3Error | null, header: string | null) {
  const region = found?.region ?? header
  if (region) return { region, choices: undefined }
  const regions = found?.regions ?? []
  if (regions.includes('auto')) return { region: 'auto', choices: undefined }
  return { region: undefined, choices: regions.length > 0 ? regions.slice(0, 20).join(', ') : undefined }
}

function problemOf(
  answer: HttpAnswer,
  asked: Asked,
  found: S3Error | null,
  header: string | null,
  location: string | undefined,
): AnswerProblem {
  if (isAzure(answer)) return 's3.azure_blob'
  if (isMinioConsole(answer)) return 's3.console_port'
  if (found !== null) return problemOfCode(answer, found, location)
  if (answer.status >= 300 && answer.status < 400) return problemOfRedirect(answer, asked, header, location)
  if (location !== undefined && PLAIN_HTTP_TO_HTTPS.test(answer.body)) return 's3.use_https'
  // HEAD of a bucket in another region of Amazon has nothing but the header.
  if (header !== null && answer.status === 400) return 's3.wrong_region'
  return problemOfStatus(answer, asked.method)
}

/** Vendors use the codes for these for much else, so the message has a say. */
const VAGUE: ReadonlySet<AnswerProblem> = new Set([
  's3.wrong_region',
  's3.denied',
  's3.refused',
  's3.unknown_key',
  's3.wrong_secret',
  's3.busy',
])

function problemOfCode({ status }: HttpAnswer, found: S3Error, location: string | undefined): AnswerProblem {
  const known = matchCode(S3_CODES, found.code)
  const isVague = known === null || VAGUE.has(known)
  if (found.told !== undefined && isVague && found.region === null && found.regions === undefined) return found.told
  if (known === 's3.use_https' && location === undefined) return 's3.unexpected'
  if (known !== null) return known
  if (status >= 300 && status < 400) return 's3.wrong_endpoint'
  return problemOfNumber(status) ?? (status === 401 || status === 403 ? 's3.refused' : 's3.unexpected')
}

/** Redirects are never followed: a signature holds for one address. */
function problemOfRedirect(
  answer: HttpAnswer,
  asked: Asked,
  header: string | null,
  location: string | undefined,
): AnswerProblem {
  if (header !== null || location === undefined) return 's3.wrong_endpoint'
  const target = new URL(location)
  if (target.origin === asked.url.origin) return 's3.not_s3'
  const isSameHost = target.hostname === asked.url.hostname || target.hostname === new URL(asked.endpoint).hostname
  if (isSameHost && asked.url.protocol === 'http:' && target.protocol === 'https:') return 's3.use_https'
  return isS3Header(answer.headers) ? 's3.wrong_endpoint' : 's3.redirected'
}

function problemOfStatus(answer: HttpAnswer, method: Signable['method']): AnswerProblem {
  const { status, body } = answer
  const isEmpty = method === 'HEAD' || body.trim() === ''
  // HEAD answers have no body: only the status is left to go by.
  if (status === 403 && isEmpty) return 's3.refused'
  if (status === 404 && method === 'HEAD') return 's3.no_bucket'
  if ([401, 403, 407, 413, 451].includes(status) || CERTIFICATE_WANTED.test(body)) return 's3.blocked'
  if (ARE_YOU_A_PERSON.test(body)) return 's3.blocked'
  if (status === 503 && NOTHING_BEHIND.test(body)) return 's3.gateway'
  return problemOfNumber(status) ?? 's3.not_s3'
}

function problemOfNumber(status: number): AnswerProblem | null {
  if (status === 429 || status === 503) return 's3.busy'
  if (status === 507) return 'write.full'
  // 520 and more are of Cloudflare, in front of a server that it does not reach.
  if (status === 502 || status === 504 || (status >= 520 && status <= 530)) return 's3.gateway'
  return status >= 500 ? 's3.server_error' : null
}

/** Servers of S3 number their requests under this name. */
export function isS3Header(headers: HttpAnswer['headers']): boolean {
  return headers['x-amz-request-id'] !== undefined
}

function isAzure({ headers }: HttpAnswer): boolean {
  return headers['x-ms-request-id'] !== undefined && !isS3Header(headers)
}

function isMinioConsole({ headers }: HttpAnswer): boolean {
  return headers.server === 'MinIO Console'
}

/**
 * The endpoint to which an answer points: of a redirect the origin of its `Location`, without the bucket in front; of plain HTTP on a
 * port for HTTPS the same address with https. Undefined for what no endpoint could be.
 */
function locationOf(answer: HttpAnswer, asked: Asked): string | undefined {
  const { url, endpoint } = asked
  const configured = new URL(endpoint)
  const base = configured.pathname.replace(/\/$/, '')
  if (answer.status < 300 || answer.status >= 400) {
    if ((parseS3Error(answer.body)?.code ?? PLAIN_TO_TLS) !== PLAIN_TO_TLS) return undefined
    return url.protocol === 'http:' ? `${new URL(`https://${configured.host}`).origin}${base}` : undefined
  }
  const given = answer.headers.location
  if (given === undefined || !URL.canParse(given, url.href)) return undefined
  const target = new URL(given, url.href)
  if (!/^https?:$/.test(target.protocol) || hostProblem(target.hostname) !== null) return undefined
  withoutBucket(target, asked)
  return `${target.origin}${target.pathname.startsWith(`${base}/`) ? base : ''}`
}

/** The bucket has a field of its own. A server may have the name of its bucket, too. */
function withoutBucket(url: URL, { bucket, endpoint }: Asked): URL {
  const isInFront = bucket !== undefined && url.hostname.startsWith(`${bucket}.`)
  if (isInFront && url.hostname !== new URL(endpoint).hostname) url.hostname = url.hostname.slice(bucket.length + 1)
  return url
}

const TELLING: ReadonlySet<AnswerProblem> = new Set([
  's3.use_https',
  's3.redirected',
  's3.azure_blob',
  's3.blocked',
  's3.gateway',
  's3.busy',
  's3.console_port',
])

/** Null when the answer to a request without a key shows that S3 is spoken there; otherwise what is there instead. */
export function foreignAnswer(answer: HttpAnswer, asked: Asked): Understood | null {
  const isS3 = isS3Header(answer.headers) || isS3Answer(answer.body)
  const understood = understand(answer, asked)
  if (isS3 && !isAzure(answer) && understood.problem !== 's3.console_port') return null
  return TELLING.has(understood.problem) ? understood : { ...understood, problem: 's3.not_s3' }
}
