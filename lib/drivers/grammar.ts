import { z } from 'zod'

/**
 * Closed, positive grammars for text that reaches a command, a kernel option or a generated file. Every message says what is
 * wrong and what to write instead. `overwrite` instead of `transform`, so that the schemas stay representable as JSON Schema.
 */

/** As resolvers take it, and not only as RFC 1123 does: names in /etc/hosts, of containers and of NetBIOS have underscores. */
const HOST_LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/
const CONTROL = /\p{Cc}/u
const IPV6 = z.ipv6()

function isIpv4(value: string): boolean {
  const parts = value.split('.')
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

function isIpv6(value: string): boolean {
  return /^[0-9A-Fa-f:.]{2,45}$/.test(value) && IPV6.safeParse(value).success
}

/** Addresses that can never be a storage server, and those that clouds use for instance metadata. */
export function isReservedAddress(value: string): boolean {
  if (isIpv4(value)) {
    const [a = 0, b = 0] = value.split('.').map(Number)
    return a === 0 || a >= 224 || (a === 169 && b === 254)
  }
  // The URL parser writes every IPv6 address in its shortest form, so that no spelling slips through.
  const shortest = new URL(`http://[${value}]`).hostname.slice(1, -1)
  // ::ffff:a.b.c.d and the like are IPv4 addresses in disguise; only ::1 is what it looks like.
  const isDisguised = shortest.startsWith('::') && shortest !== '::1'
  return isDisguised || /^(?:fe[89ab]|ff)/.test(shortest) || shortest.startsWith('fd00:ec2:')
}

/** fe80::/10 and 169.254.0.0/16. */
function isLinkLocal(value: string): boolean {
  if (isIpv4(value)) return value.startsWith('169.254.')
  return isIpv6(value) && /^\[fe[89ab]/.test(new URL(`http://[${value}]`).hostname)
}

/** How a name with other letters is written in the DNS, as a part of a sentence; empty when it has no such form. */
function asciiForm(value: string): string {
  const url = `http://${value}`
  if (/[\s/?#@:\\]/.test(value) || !URL.canParse(url)) return ''
  const { hostname } = new URL(url)
  return HOST_LABEL.test(hostname.split('.')[0] ?? '') ? `; write this one as ${hostname}` : ''
}

/** Says why text is not a server name or address; `null` when it is one. */
export function hostProblem(value: string): string | null {
  if (value === '') return 'Enter a host name or an IP address.'
  if (value.length > 253) return 'A host name has at most 253 characters.'
  const bare = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value
  const scope = bare.indexOf('%')
  if (isLinkLocal(scope < 0 ? bare : bare.slice(0, scope))) {
    return 'A link-local address belongs to one network interface of a host and is reserved; enter the name of the server, or an address that every host reaches.'
  }
  if (scope >= 0 && isIpv6(bare.slice(0, scope)))
    return 'Leave out the interface behind "%": only link-local addresses have one.'
  if (isIpv4(bare) || isIpv6(bare)) {
    return isReservedAddress(bare) ? 'This address is reserved and cannot be a storage server.' : null
  }
  if (bare !== value || value.includes(':')) {
    return 'Enter only a host name or an IP address; a port or a path has its own field.'
  }
  if (/[^\0-\x7f]/.test(value)) return `A host name has ASCII letters only${asciiForm(value)}.`
  // The dot at the end says that the name is whole; resolvers take it.
  const labels = value.replace(/(?<=[^.])\.$/, '').split('.')
  if (!labels.every((label) => HOST_LABEL.test(label))) {
    return 'A host name has letters, digits, hyphens, underscores and dots, and no part begins or ends with a hyphen.'
  }
  // 127.1, 0x7f.1 and 2130706433 are addresses to some resolvers: only the plain dotted form is accepted.
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? ''))
    return 'Write an IP address in its usual form, such as 192.168.1.50.'
  return null
}

/** Reports a problem found by a plain function as the only issue of a string. */
export function checked(problem: (value: string) => string | null) {
  return z.string().superRefine((value, context) => {
    const message = problem(value)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
}

/** An optional text field: forms send it blank, which `registry.ts` then drops. */
export function optionalText(
  problem: (value: string) => string | null,
  fix: (value: string) => string = (value) => value,
) {
  return checked((value) => (value === '' ? null : problem(value)))
    .overwrite((value) => (value === '' ? '' : fix(value)))
    .optional()
}

/** PEM certificates of an authority; the last line has its end. */
export const CaCertificate = optionalText(certificateProblem, (value) => `${value.trim()}\n`)

/** A host name (RFC 1123) or an IP literal; IPv6 is stored without brackets. */
export const ServerName = checked(hostProblem).overwrite((value) => value.replace(/^\[(.*)\]$/, '$1'))

export function isIpv6Literal(value: string): boolean {
  return isIpv6(value)
}

/** As a URL and a source write an address: IPv6 in brackets, everything else, such as one that has them, as it is. */
export function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}

export function isIpv4Literal(value: string): boolean {
  return isIpv4(value)
}

/** Says why text is not a clean absolute path; `null` when it is one. */
export function pathProblem(value: string, limit: number): string | null {
  if (!value.startsWith('/')) return 'The path must start with "/".'
  if (value.length > limit) return `The path has at most ${limit} characters.`
  if (CONTROL.test(value)) return 'The path must not contain line breaks or other control characters.'
  const segments = value.split('/').slice(1)
  if (segments.length > 1 && segments.at(-1) === '') segments.pop()
  if (value !== '/' && segments.some((segment) => segment === '')) return 'The path must not contain "//".'
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'The path must not contain "." or "..".'
  if (segments.some((segment) => new TextEncoder().encode(segment).length > 255)) {
    return 'Each part of the path has at most 255 bytes.'
  }
  return null
}

/** Removes one trailing slash, so that `/export/` and `/export` are the same place. */
export function withoutTrailingSlash(value: string): string {
  return value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value
}

/** PEM certificates (one or more), nothing else: a private key pasted by mistake is refused, not stored. */
export function certificateProblem(value: string): string | null {
  if (value.length > 32_768) return 'At most 32 KiB of certificates.'
  if (value.includes('PRIVATE KEY')) return 'This holds a private key; paste only the certificate of the authority.'
  const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,16000}-----END CERTIFICATE-----/g
  const rest = value.replace(block, '').trim()
  if (rest === value.trim()) return 'Paste a PEM certificate that starts with "-----BEGIN CERTIFICATE-----".'
  return rest === '' ? null : 'Remove the text around the certificates; only PEM blocks may be here.'
}
