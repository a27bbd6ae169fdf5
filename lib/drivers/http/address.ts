import { isIpv4Literal, isIpv6Literal, isReservedAddress } from '@/lib/drivers/grammar'

/** Addresses in public ranges that answer with the secrets of a virtual machine all the same (Alibaba, Azure, Oracle). */
const METADATA = new Set(['100.100.100.200', '168.63.129.16', '192.0.0.192'])

/** The IPv4 address that an IPv6 address of NAT64 (64:ff9b::/96) or 6to4 (2002::/16) leads to. */
function embeddedIpv4(address: string): string | null {
  const groups = address.split(':')
  const pair = address.startsWith('64:ff9b::') ? groups.slice(-2) : groups[0] === '2002' ? groups.slice(1, 3) : []
  if (pair.length !== 2) return null
  const [high = 0, low = 0] = pair.map((group) => Number.parseInt(group || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * Says why nothing may be fetched from an address, or null. A web address is typed by people who need not be allowed to reach what the
 * host itself can reach: its own services, link-local ones, and those that give the machine its secrets. Private networks are where
 * storage lives, so they are open; the policy file of the host can close them.
 */
export function forbiddenAddress(address: string): string | null {
  if (isIpv4Literal(address)) {
    if (address.startsWith('127.')) return 'it is the host itself'
    if (isReservedAddress(address)) return 'it is reserved'
    return METADATA.has(address) ? 'it holds the secrets of virtual machines' : null
  }
  if (!isIpv6Literal(address)) return 'it is not an address'
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1)
  if (shortest === '::1') return 'it is the host itself'
  if (isReservedAddress(address)) return 'it is reserved'
  const inner = embeddedIpv4(shortest)
  return inner === null ? null : forbiddenAddress(inner)
}

/** The same for a name, which is judged by what it resolves to, except where the name alone says it. */
export function forbiddenHost(host: string): string | null {
  if (/(?:^|\.)localhost\.?$/i.test(host)) return 'it is the host itself'
  return isIpv4Literal(host) || isIpv6Literal(host) ? forbiddenAddress(host) : null
}
