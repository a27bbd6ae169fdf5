import { BlockList, isIP } from 'node:net'

/** An address as a number, so that networks can be taken from one another. */
interface Address {
  bits: 32 | 128
  value: bigint
}

interface Network extends Address {
  prefix: number
}

/** First and last address, both included. */
type Range = readonly [first: bigint, last: bigint]

export const HOST_ITSELF = 'the host itself'

/**
 * What is never storage unless the policy names it: the host's own services, those that clouds give the secrets of a machine out at,
 * and addresses that mean more than one machine. Each is opened by itself: `169.254.0.0/16` does not open the metadata inside it.
 */
const LOCAL_NETWORKS: readonly { network: string; what: string }[] = [
  { network: '127.0.0.0/8', what: HOST_ITSELF },
  { network: '0.0.0.0/8', what: HOST_ITSELF },
  { network: '169.254.169.254', what: 'the metadata of a cloud' },
  { network: '169.254.170.2', what: 'the metadata of a cloud' },
  { network: '169.254.170.23', what: 'the metadata of a cloud' },
  { network: '100.100.100.200', what: 'the metadata of a cloud' },
  { network: '168.63.129.16', what: 'the metadata of a cloud' },
  { network: '192.0.0.192', what: 'the metadata of a cloud' },
  { network: '169.254.0.0/16', what: 'a link-local address' },
  { network: '224.0.0.0/4', what: 'a multicast address' },
  { network: '240.0.0.0/4', what: 'a reserved or broadcast address' },
  { network: '::1', what: HOST_ITSELF },
  // Unspecified, and IPv4 addresses in an old spelling.
  { network: '::/96', what: 'a reserved address' },
  { network: '::ffff:0:0:0/96', what: 'a reserved address' },
  { network: 'fd00:ec2::/32', what: 'the metadata of a cloud' },
  { network: 'fd20:ce::254', what: 'the metadata of a cloud' },
  { network: 'fd00:c1::a9fe:a9fe', what: 'the metadata of a cloud' },
  { network: 'fd00:42::42', what: 'the metadata of a cloud' },
  { network: 'fe80::a9fe:a9fe', what: 'the metadata of a cloud' },
  { network: 'fe80::/10', what: 'a link-local address' },
  { network: 'ff00::/8', what: 'a multicast address' },
  // Teredo and NAT64 of one's own: what IPv4 address is meant depends on the network.
  { network: '2001::/32', what: 'a tunnel' },
  { network: '64:ff9b:1::/48', what: 'a tunnel' },
]

/** IPv6 networks in which an IPv4 address follows the prefix: NAT64 and 6to4. */
const EMBEDDING = ['64:ff9b::/96', '2002::/16']

/** `10.0.0.5`, `fd00::1` and `::ffff:10.0.0.5`, which is 10.0.0.5; null for anything else, a zone included. */
function parseAddress(text: string): Address | null {
  const kind = isIP(text)
  if (kind === 0 || text.includes('%')) return null
  if (kind === 4) return { bits: 32, value: ipv4Value(text) }
  const tail = /[^:]*\.[^:]*$/.exec(text)?.[0]
  const pair = tail === undefined ? 0n : ipv4Value(tail)
  const plain =
    tail === undefined ? text : text.replace(tail, `${(pair >> 16n).toString(16)}:${(pair & 0xffffn).toString(16)}`)
  const [head = '', rest] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = rest === undefined || rest === '' ? [] : rest.split(':')
  const groups = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right]
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value }
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function parseNetwork(text: string): Network | null {
  const [addressText = '', prefixText, ...rest] = text.split('/')
  const address = parseAddress(addressText)
  if (address === null || rest.length > 0) return null
  if (prefixText === undefined) return { ...address, prefix: address.bits }
  // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
  const shift = address.bits === 32 && isIP(addressText) === 6 ? 96 : 0
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) - shift : Number.NaN
  return prefix >= 0 && prefix <= address.bits ? { ...address, prefix } : null
}

/** Is it an address or a network, such as `10.0.0.0/8` or `fd00::/8`? */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null
}

/** Does it lie within one of the networks that are closed by themselves, such as `127.0.0.0/8`? */
export function isLocalNetwork(text: string): boolean {
  const network = parseNetwork(text)
  return network !== null && localNetworks(network.bits).some((local) => contains(rangeOf(local), rangeOf(network)))
}

/** Why an address is closed by itself; null when it is not. */
export function localKind(text: string): string | null {
  const address = parseAddress(text)
  if (address === null) return null
  const isIn = (network: string) => {
    const parsed = parseNetwork(network)
    return parsed?.bits === address.bits && contains(rangeOf(parsed), [address.value, address.value])
  }
  const found = LOCAL_NETWORKS.find(({ network }) => isIn(network))
  if (found !== undefined || address.bits === 32) return found?.what ?? null
  const inner = EMBEDDING.flatMap((network) => embedded(network, address) ?? [])[0]
  return inner === undefined ? null : localKind(inner)
}

/** The IPv4 address that an IPv6 address of this network leads to. */
function embedded(network: string, address: Address): string | null {
  const outer = parseNetwork(network)
  if (outer === null || !contains(rangeOf(outer), [address.value, address.value])) return null
  return textOf(32, (address.value >> BigInt(96 - outer.prefix)) & 0xffff_ffffn)
}

export interface NetworkRules {
  /** Where storage may be; undefined: everywhere that is not denied. */
  allowed?: readonly string[] | undefined
  /** Local networks that are open all the same. */
  opened: readonly string[]
  /** Closed whatever else is said. */
  denied: readonly string[]
}

/**
 * Everything that these rules close, as networks: in the form in which the kernel, systemd and Node's BlockList take them, so that one
 * list holds for connections of the agent and of daemons alike. An IPv4 network is closed in its NAT64 and 6to4 spellings too.
 */
export function closedNetworks(rules: NetworkRules): string[] {
  const closed4 = closedRanges(rules, 32)
  const spelled = EMBEDDING.flatMap((network) => {
    const outer = parseNetwork(network)
    if (outer === null) return []
    const shift = BigInt(96 - outer.prefix)
    return closed4.map(
      ([first, last]): Range => [outer.value | (first << shift), outer.value | (last << shift) | ((1n << shift) - 1n)],
    )
  })
  // IPv4 addresses in their IPv6 spelling are IPv4 to everybody; a BlockList even holds IPv4 addresses against this network.
  const mapped: Range = [0xffff_0000_0000n, 0xffff_ffff_ffffn]
  const closed6 = without(merged([...closedRanges(rules, 128), ...spelled]), [mapped])
  return [...closed4.flatMap((range) => networksOf(range, 32)), ...closed6.flatMap((range) => networksOf(range, 128))]
}

function closedRanges({ allowed, opened, denied }: NetworkRules, bits: 32 | 128): Range[] {
  const of = (texts: readonly string[]) =>
    texts.flatMap((text) => parseNetwork(text) ?? []).filter((one) => one.bits === bits)
  const open = of(opened).map(rangeOf)
  const local = localNetworks(bits).flatMap((network) => {
    const range = rangeOf(network)
    return without(
      [range],
      open.filter((hole) => contains(range, hole)),
    )
  })
  const everywhere: Range = [0n, (1n << BigInt(bits)) - 1n]
  const outside = allowed === undefined ? [] : without([everywhere], [...of(allowed).map(rangeOf), ...open])
  return merged([...local, ...outside, ...of(denied).map(rangeOf)])
}

function localNetworks(bits: 32 | 128): Network[] {
  return LOCAL_NETWORKS.flatMap(({ network }) => parseNetwork(network) ?? []).filter((network) => network.bits === bits)
}

function rangeOf({ value, prefix, bits }: Network): Range {
  const size = 1n << BigInt(bits - prefix)
  const first = value - (value % size)
  return [first, first + size - 1n]
}

function contains([first, last]: Range, [from, to]: Range): boolean {
  return first <= from && to <= last
}

function without(ranges: readonly Range[], holes: readonly Range[]): Range[] {
  return holes.reduce<readonly Range[]>(
    (left, [from, to]) =>
      left.flatMap(([first, last]): Range[] => {
        if (to < first || last < from) return [[first, last]]
        const before: Range[] = first < from ? [[first, from - 1n]] : []
        return to < last ? [...before, [to + 1n, last]] : before
      }),
    ranges,
  ) as Range[]
}

/** In order, with what touches put together. */
function merged(ranges: readonly Range[]): Range[] {
  const found: [bigint, bigint][] = []
  for (const [first, last] of [...ranges].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const previous = found.at(-1)
    if (previous === undefined || first > previous[1] + 1n) found.push([first, last])
    else if (last > previous[1]) previous[1] = last
  }
  return found
}

/** The fewest networks that are exactly this range. */
function networksOf([first, last]: Range, bits: 32 | 128): string[] {
  const found: string[] = []
  for (let at = first; at <= last; ) {
    let host = 0
    while (host < bits) {
      const size = 1n << BigInt(host + 1)
      if (at % size !== 0n || at + size - 1n > last) break
      host++
    }
    found.push(`${textOf(bits, at)}/${bits - host}`)
    at += 1n << BigInt(host)
  }
  return found
}

function textOf(bits: 32 | 128, value: bigint): string {
  const width = bits === 32 ? 8n : 16n
  const parts = Array.from({ length: bits === 32 ? 4 : 8 }, (_, index) => {
    const shift = BigInt(bits) - width * BigInt(index + 1)
    return (value >> shift) & ((1n << width) - 1n)
  })
  if (bits === 32) return parts.join('.')
  const groups = parts.map((part) => part.toString(16)).join(':')
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}

/** Tells whether an address is in one of the networks. Throws for text that is no address; a zone is not looked at. */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of networks) {
    const network = parseNetwork(text)
    if (network)
      list.addSubnet(textOf(network.bits, network.value), network.prefix, network.bits === 32 ? 'ipv4' : 'ipv6')
  }
  return (address) => {
    const parsed = parseAddress(address.split('%')[0] ?? '')
    if (parsed === null) throw new TypeError(`${address} is not an IP address.`)
    return list.check(textOf(parsed.bits, parsed.value), parsed.bits === 32 ? 'ipv4' : 'ipv6')
  }
}
