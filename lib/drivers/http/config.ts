import { z } from 'zod'
import { CaCertificate, checked, hostProblem, optionalText } from '@/lib/drivers/grammar'
import type { FieldProblem } from '@/lib/errors'

/** `HTTPS://Example.com/files/` is `https://Example.com/files`. */
function normaliseUrl(value: string): string {
  return value.replace(/\/+$/, '').replace(/^https?:\/\//i, (scheme) => scheme.toLowerCase())
}

function pathPartProblem(path: string): string | null {
  if (!/^(?:\/(?:[A-Za-z0-9._~!$&()*+;=@-]|%[0-9A-Fa-f]{2})+)*$/.test(path))
    return 'The path has letters, digits and . _ ~ ! $ & ( ) * + ; = @ - only, no empty part, and everything else as %XX.'
  const parts = path.split('/').map((part) => decodeURIComponentOr(part))
  if (parts.some((part) => part === null || /[\p{Cc}/\\]/u.test(part)))
    return 'The path has a %XX that stands for no letter, or for one that paths cannot hold.'
  return parts.includes('.') || parts.includes('..') ? 'The path has no "." or "..".' : null
}

function decodeURIComponentOr(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function baseUrlProblem(value: string): string | null {
  if (!/^https?:\/\//i.test(value)) return 'Base URL must start with http:// or https://.'
  if (value.length > 1024) return 'The address has at most 1024 characters.'
  const match = /^https?:\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)(?<rest>.*)$/s.exec(normaliseUrl(value))
  const { authority = '', path = '', rest = '' } = match?.groups ?? {}
  if (authority.includes('@')) return 'User and password do not belong into the address; they have their own fields.'
  if (rest !== '') return 'The address has no "?" and no "#"; it is the place under which the files lie.'
  const { host = '', port } = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/.exec(authority)?.groups ?? {}
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return 'The port is between 1 and 65535.'
  return hostProblem(host) ?? pathPartProblem(path)
}

function usernameProblem(value: string): string | null {
  if (value.length > 128) return 'A user name has at most 128 characters.'
  return /^[^:\p{Cc}\p{Cs}]+$/u.test(value) ? null : 'A user name has no colon and no control characters.'
}

function passwordProblem(value: string): string | null {
  if (value.length > 256) return 'A password has at most 256 characters.'
  return /^[^\p{Cc}\p{Cs}]+$/u.test(value) ? null : 'A password has no line breaks; check what was pasted.'
}

/** RFC 6750, section 2.1. */
function tokenProblem(value: string): string | null {
  if (value.length > 4096) return 'A token has at most 4096 characters.'
  if (/^bearer\s/i.test(value)) return 'Paste the token alone, without the word "Bearer".'
  return /^[A-Za-z0-9._~+/-]+=*$/.test(value) ? null : 'A token has letters, digits and . _ ~ + / - = only.'
}

export const HttpConfig = z.strictObject({
  base_url: checked(baseUrlProblem).overwrite(normaliseUrl),
  auth_method: z.enum(['none', 'basic', 'bearer']).default('none'),
  username: optionalText(usernameProblem),
  verify_ssl: z.boolean().default(true),
  ca_certificate: CaCertificate,
  /** Seconds. */
  dir_cache_time: z.int().min(1).max(86_400).default(300),
  uid: z.int().min(0).max(4_294_967_294).default(0),
  gid: z.int().min(0).max(4_294_967_294).default(0),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'Three octal digits, such as 022.')
    .default('022'),
  noexec: z.boolean().default(true),
})
export type HttpConfig = z.infer<typeof HttpConfig>

export interface HttpPlace {
  host: string
  port: number
  isEncrypted: boolean
}

export function placeOf(config: Pick<HttpConfig, 'base_url'>): HttpPlace {
  const url = new URL(config.base_url)
  const isEncrypted = url.protocol === 'https:'
  const port = url.port === '' ? (isEncrypted ? 443 : 80) : Number(url.port)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, isEncrypted }
}

export const HttpSecrets = z.strictObject({
  password: optionalText(passwordProblem),
  /** Older APIs send the token as `password`; see `authorization`. */
  token: optionalText(tokenProblem),
})

export function checkHttp(config: HttpConfig): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (config.auth_method === 'basic' && config.username === undefined) {
    problems.push({ field: 'username', message: 'Enter the user name, or choose another way to sign in.' })
  }
  if (!config.verify_ssl && config.ca_certificate !== undefined) {
    problems.push({
      field: 'verify_ssl',
      message: 'An authority is given, so the certificate can be checked: switch this on, or clear the authority.',
    })
  }
  return problems
}
