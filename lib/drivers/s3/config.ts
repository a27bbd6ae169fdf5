import { z } from 'zod'
import { CaCertificate, checked, hostProblem, isIpv4Literal, optionalText } from '@/lib/drivers/grammar'
import type { FieldProblem } from '@/lib/errors'

export const S3_PROVIDERS = [
  'AWS',
  'Ceph',
  'Minio',
  'Wasabi',
  'Cloudflare',
  'BackblazeB2',
  'DigitalOcean',
  'Other',
] as const
export type S3Provider = (typeof S3_PROVIDERS)[number]

/** Where a provider has one well-known address per region, the region alone is enough. */
const ENDPOINT_OF_REGION: Partial<Record<S3Provider, (region: string) => string>> = {
  AWS: (region) => `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  Wasabi: (region) => `https://s3.${region}.wasabisys.com`,
  BackblazeB2: (region) => `https://s3.${region}.backblazeb2.com`,
  DigitalOcean: (region) => `https://${region}.digitaloceanspaces.com`,
}

/** `https://` is added to a bare host, and trailing slashes are removed, as rclone does. */
function normaliseEndpoint(value: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`
  return withScheme.replace(/\/+$/, '').replace(/^https?:\/\//i, (scheme) => scheme.toLowerCase())
}

/** Some S3 servers stand below a path, such as Supabase (`/storage/v1/s3`) or one behind a proxy. It is signed as it is written. */
function endpointPathProblem(path: string): string | null {
  if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(path))
    return 'The path of an endpoint has letters, digits and . _ ~ - only, and no empty part.'
  return path.split('/').some((part) => part === '.' || part === '..') ? 'The path has no "." or "..".' : null
}

function endpointProblem(value: string): string | null {
  if (value.length > 300) return 'An endpoint has at most 300 characters.'
  const match = /^(?<scheme>[a-z]+):\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)(?<rest>.*)$/s.exec(
    normaliseEndpoint(value),
  )
  const { scheme, authority = '', path = '', rest = '' } = match?.groups ?? {}
  if (scheme !== 'https' && scheme !== 'http') return 'The endpoint must begin with https:// (or http://).'
  if (authority.includes('@')) return 'Keys do not belong into the endpoint; they have their own fields.'
  if (rest !== '') return 'The endpoint has no "?" and no "#"; it is the address of the S3 server.'
  const { host = '', port } = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/.exec(authority)?.groups ?? {}
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return 'The port is between 1 and 65535.'
  return hostProblem(host) ?? endpointPathProblem(path)
}

export function bucketProblem(value: string): string | null {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(value) && !value.includes('..')) return null
  return 'A bucket name has 3 to 63 letters, digits, dots, hyphens or underscores, and begins and ends with a letter or digit.'
}

export function prefixProblem(value: string): string | null {
  if (value.startsWith('/')) return 'A prefix does not begin with "/".'
  if (value.length > 512) return 'A prefix has at most 512 characters.'
  const segments = value.replace(/\/$/, '').split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'A prefix has no empty part and no "." or "..".'
  }
  if (
    !segments.every((segment) =>
      /^[\p{L}\p{N}!_.'()+=@&-](?:[\p{L}\p{N}!_.'()+=@& -]*[\p{L}\p{N}!_.'()+=@&-])?$/u.test(segment),
    )
  ) {
    return "A prefix has letters, digits, inner spaces and ! - _ . ' ( ) + = @ & only."
  }
  return null
}

/**
 * Keys are printable ASCII without spaces. rclone's file format gives a meaning to a quote or backquote at the start, to `%(`,
 * and to a backslash at the end; a key with those could not be written so that it is read back the same.
 */
function keyProblem(value: string): string | null {
  if (value === '') return 'The key is empty.'
  if (value.length > 256) return 'A key has at most 256 characters.'
  if (!/^[\x21-\x7e]+$/.test(value))
    return 'A key has no spaces, line breaks or letters outside ASCII; check what was pasted.'
  if (/^["'`]|%\(|\\$/.test(value)) return 'A key cannot begin with a quote, contain "%(" or end with a backslash.'
  return null
}

function regionProblem(value: string): string | null {
  if (/^[A-Za-z0-9_-]{1,63}$/.test(value)) return null
  return 'A region has letters, digits, hyphens and underscores, such as eu-west-1.'
}

function webAddressProblem(value: string): string | null {
  const isAddress = value.length <= 512 && /^https?:\/\/[^\s@]+$/.test(value) && URL.canParse(value)
  return isAddress ? null : 'Write the whole address, such as https://cdn.example.com.'
}

const Seconds = z.int().min(0)

export const S3Config = z.strictObject({
  provider: z.enum(S3_PROVIDERS).default('Other'),
  endpoint: optionalText(endpointProblem, normaliseEndpoint),
  region: optionalText(regionProblem),
  bucket: checked(bucketProblem),
  prefix: optionalText(prefixProblem, (value) => value.replace(/\/$/, '')),
  path_style: z.boolean().default(true),
  access_key_id: checked(keyProblem),
  ca_certificate: CaCertificate,
  cdn_enabled: z.boolean().default(false),
  cdn_url: optionalText(webAddressProblem),
  cache_mode: z.enum(['full', 'writes']).default('full'),
  /** Bytes. Not a hard limit: rclone keeps files that are open or not uploaded yet. */
  cache_max_size: z.int().min(67_108_864).max(1_125_899_906_842_624).default(10_737_418_240),
  /** Seconds. */
  cache_max_age: Seconds.max(31_536_000).default(3600),
  /** Seconds between closing a file and its upload. Not 0: rclone then uploads without a queue, and nobody could wait for it. */
  write_back: z.int().min(1).max(3600).default(5),
  /** Seconds for which a listing is trusted. */
  dir_cache_time: Seconds.max(86_400).default(60),
  uid: z.int().min(0).max(4_294_967_294).default(0),
  gid: z.int().min(0).max(4_294_967_294).default(0),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'Three octal digits, such as 022.')
    .default('022'),
  noexec: z.boolean().default(true),
  read_only: z.boolean().default(false),
})
export type S3Config = z.infer<typeof S3Config>

export const S3Secrets = z.strictObject({ secret_access_key: optionalText(keyProblem) })

/** Vendors with the region in the name of the server, and that want signatures for it. */
const REGION_IN_HOST =
  /^https?:\/\/s3[.-](?:dualstack\.)?([a-z]{2,3}(?:-[a-z]+)*(?:-\d{1,3})?)\.(?:amazonaws\.com(?:\.cn)?|wasabisys\.com|backblazeb2\.com|scw\.cloud|io\.cloud\.ovh\.net)(?:[:/]|$)/i

/** The region that signs: Cloudflare knows only `auto`, servers of one's own ignore it, so AWS's first one stands in. */
export function signingRegion(config: Pick<S3Config, 'provider' | 'region' | 'endpoint'>): string {
  if (config.provider === 'Cloudflare') return 'auto'
  return config.region ?? REGION_IN_HOST.exec(config.endpoint ?? '')?.[1]?.toLowerCase() ?? 'us-east-1'
}

/** `https://s3.eu-west-1.amazonaws.com`: what was entered, or what the provider's region implies. Null when neither is known. */
export function effectiveEndpoint(config: Pick<S3Config, 'provider' | 'endpoint' | 'region'>): string | null {
  if (config.endpoint !== undefined) return config.endpoint
  if (config.provider === 'AWS') return ENDPOINT_OF_REGION.AWS?.(signingRegion(config)) ?? null
  if (config.region === undefined) return null
  return ENDPOINT_OF_REGION[config.provider]?.(config.region) ?? null
}

/** Whether the bucket cannot stand in front of the server's name, or would not match its certificate there. */
export function needsPathStyle(config: Pick<S3Config, 'provider' | 'endpoint' | 'region' | 'bucket'>): boolean {
  const endpoint = effectiveEndpoint({ ...config, endpoint: config.endpoint || undefined })
  if (endpoint === null) return false
  const { hostname, protocol } = new URL(endpoint)
  const isAddress = hostname.startsWith('[') || isIpv4Literal(hostname)
  return isAddress || !/^[a-z0-9.-]+$/.test(config.bucket) || (protocol === 'https:' && config.bucket.includes('.'))
}

/** Hosts that requests go to; also for a config that is not complete yet. */
export function s3Servers(config: Partial<S3Config> & Pick<S3Config, 'provider'>): string[] {
  const servers: string[] = []
  const endpoint = effectiveEndpoint({ provider: config.provider, endpoint: config.endpoint, region: config.region })
  if (endpoint !== null) {
    const { hostname } = new URL(endpoint)
    servers.push(hostname)
    if (config.path_style === false && config.bucket) servers.push(`${config.bucket}.${hostname}`)
  }
  if (config.cdn_enabled && config.cdn_url) servers.push(new URL(config.cdn_url).hostname)
  return servers
}

/** Can the path of a file come right after it? */
function canBeFollowed(address: string): boolean {
  return !/[?#]/.test(address)
}

/** The folder of the bucket at the CDN; null without one, and for an address that no path can follow. */
export function publicUrl({ cdn_enabled, cdn_url, prefix }: Pick<S3Config, 'cdn_enabled' | 'cdn_url' | 'prefix'>) {
  if (!cdn_enabled || cdn_url === undefined) return null
  if (!canBeFollowed(cdn_url)) return null
  const { origin, pathname } = new URL(cdn_url)
  const folder = prefix === undefined ? '' : `${prefix.split('/').map(encodeURIComponent).join('/')}/`
  return `${origin}${pathname.replace(/\/*$/, '/')}${folder}`
}

/** Behind a bucket that stands in front: the servers of vendors that are called so. A server may have the name of its bucket otherwise. */
const S3_SERVER =
  /^(?:s3[.-]|oss-|cos\.|obs\.|storage\.googleapis\.com$|[a-z0-9-]+\.(?:digitaloceanspaces|linodeobjects|vultrobjects|your-objectstorage)\.com$|[0-9a-f]{32}\.(?:[a-z]+\.)?r2\.)/

function hasBucketInFront({ endpoint, bucket }: Pick<S3Config, 'endpoint' | 'bucket'>): boolean {
  const host = endpoint === undefined ? '' : new URL(endpoint).hostname
  const front = `${bucket.toLowerCase()}.`
  return host.startsWith(front) && S3_SERVER.test(host.slice(front.length))
}

export function checkS3(config: S3Config): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (effectiveEndpoint(config) === null) {
    const message = Object.hasOwn(ENDPOINT_OF_REGION, config.provider)
      ? 'Enter the endpoint, or the region from which it follows.'
      : 'Enter the endpoint, such as https://s3.example.com.'
    problems.push({ field: 'endpoint', message })
  }
  if (config.cdn_enabled && config.cdn_url === undefined) {
    problems.push({ field: 'cdn_url', message: 'Enter the address of the CDN, or switch the CDN off.' })
  }
  if (config.cdn_enabled && config.cdn_url !== undefined && !canBeFollowed(config.cdn_url)) {
    const message = 'Leave out "?" and "#" and what follows: the path of a file comes right after the address.'
    problems.push({ field: 'cdn_url', message })
  }
  if (!config.path_style && needsPathStyle(config)) {
    problems.push({
      field: 'path_style',
      message: config.bucket.includes('.')
        ? 'A bucket with a dot in its name needs path style: its own host name would not match the server certificate.'
        : 'This bucket cannot be part of the name of this server: switch path style on.',
    })
  }
  const isBehind = config.endpoint !== undefined && new URL(config.endpoint).pathname === `/${config.bucket}`
  if (isBehind || hasBucketInFront(config)) {
    const message = 'Leave the bucket out of the endpoint; it has its own field, and a folder goes into "prefix".'
    problems.push({ field: 'endpoint', message })
  }
  return problems
}
