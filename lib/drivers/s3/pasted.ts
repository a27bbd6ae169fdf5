import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { isUrl, type PastedUrl, urlIn } from '@/lib/drivers/pasted'
import { bucketProblem, prefixProblem } from '@/lib/drivers/s3/config'

/** The servers of vendors: nothing stands in front of their names but a bucket, and nothing behind but a bucket and a folder. */
const VENDORS =
  /^(?:s3(?:[.-](?!control|accesspoint|accelerate|outposts|object-lambda|website)[a-z0-9.-]+)?\.(?:amazonaws\.com(?:\.cn)?|wasabisys\.com|backblazeb2\.com|scw\.cloud|io\.cloud\.ovh\.net)|storage\.googleapis\.com|s3\.[a-z0-9.-]+\.(?:appdomain|object-storage)\.cloud|[a-z0-9-]+\.(?:digitaloceanspaces|linodeobjects|vultrobjects|your-objectstorage)\.com|[0-9a-f]{32}\.(?:[a-z]+\.)?r2\.cloudflarestorage\.com|oss-[a-z0-9-]+\.aliyuncs\.com|cos\.[a-z0-9-]+\.myqcloud\.com)$/i

type Gives = Readonly<Record<string, string>>

/** The name of the server, and the bucket in front of it if there is one; null for a server that no vendor is known by. */
function vendorIn(host: string): { server: string; bucket?: string } | null {
  const name = host.toLowerCase()
  if (VENDORS.test(name)) return { server: name }
  // A bucket may have dots itself. What VPC endpoints of Amazon have in front is none.
  for (let at = name.indexOf('.'); at > 0; at = name.indexOf('.', at + 1)) {
    const server = name.slice(at + 1)
    const isBucket = !/(?:^|\.)(?:vpce-|cdn$)/.test(name.slice(0, at))
    if (isBucket && VENDORS.test(server)) return { server, bucket: host.slice(0, at) }
  }
  return null
}

/** A bucket and a folder in it, when they are such; null otherwise, so that a field refuses its text as a whole. */
function placeIn(path: string, front?: string): Gives | null {
  const parts = path.split('/')
  const bucket = front ?? parts.shift() ?? ''
  const prefix = parts.join('/')
  if (bucketProblem(bucket) !== null || (prefix !== '' && prefixProblem(prefix) !== null)) return null
  return { bucket, ...(prefix === '' ? {} : { prefix }) }
}

function trimmed(path: string): string {
  return path.replace(/^\/|\/$/g, '')
}

/** `https://media.s3.eu-west-1.amazonaws.com/films`, as consoles of vendors show it, in its parts; null when it has none. */
export function endpointIn(text: string, bucket: unknown): Gives | null {
  const address = isUrl(text) ? text : `https://${text}`
  const url = urlIn(address, ['http', 'https'])
  if (url === null) return null
  const { user, password } = url
  // Half of a sign-in may be a token: it stays where it is, and is refused there.
  if (user !== undefined && password === undefined) return null
  const signIn = user === undefined ? {} : { access_key_id: user, secret_access_key: password ?? '' }
  const scheme = address.slice(0, address.indexOf(':'))
  const bare = user === undefined ? address : `${scheme}://${address.slice(address.lastIndexOf('@') + 1)}`
  const place = vendorPlace(url, scheme) ?? placeBehind(bare, url, bucket)
  return place === null && user === undefined ? null : { endpoint: bare, ...place, ...signIn }
}

function vendorPlace({ host, port, path }: PastedUrl, scheme: string): Gives | null {
  const vendor = vendorIn(host)
  const place = vendor && placeIn(trimmed(path), vendor.bucket)
  return place && { endpoint: `${scheme}://${vendor.server}${port === undefined ? '' : `:${port}`}`, ...place }
}

/** Behind a server of one's own only the bucket that is named is taken for one: it may lie below a path. */
function placeBehind(address: string, { path }: PastedUrl, bucket: unknown): Gives | null {
  if (typeof bucket !== 'string' || bucketProblem(bucket) !== null || path !== `/${bucket}`) return null
  return { endpoint: address.replace(/\/*$/, '').slice(0, -path.length), bucket }
}

/** `s3://media/films` and `arn:aws:s3:::media/films`, as tools name a folder of a bucket. */
function namedPlace(text: string): Gives | null {
  const [, path] = /^(?:(?:s3[an]?|gs):\/\/|arn:[a-z-]+:s3:::)([^?#]+)$/i.exec(text) ?? []
  return path === undefined ? null : placeIn(trimmed(path))
}

function bucketIn(text: string): Gives {
  const named = namedPlace(text)
  if (named !== null) return named
  const there = /^https?:\/\//i.test(text) ? endpointIn(text, undefined) : placeIn(trimmed(text))
  return there?.bucket === undefined ? { bucket: text } : there
}

/** Fields whose texts have no space around them, whoever pasted one. */
const FIELDS = ['endpoint', 'bucket', 'prefix', 'region', 'access_key_id', 'secret_access_key', 'cdn_url']

/** What consoles and tools of vendors show of a bucket, in one field. */
export function takeS3Apart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  return FIELDS.flatMap((field): TakenApart[] => {
    const text = flat[field]
    if (typeof text !== 'string' || text === '') return []
    const gives = givesOf(field, text.trim(), flat.bucket)
    return Object.keys(gives).length === 1 && gives[field] === text ? [] : [{ field, gives }]
  })
}

function givesOf(field: string, tidy: string, bucket: unknown): Gives {
  if (field === 'bucket') return bucketIn(tidy)
  if (field === 'endpoint') return namedPlace(tidy) ?? endpointIn(tidy, bucket) ?? { endpoint: tidy }
  return { [field]: tidy }
}
