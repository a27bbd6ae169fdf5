import { z } from 'zod'
import { bracketed, checked, hostProblem, optionalText } from '@/lib/drivers/grammar'

/** msgr2 first, then the older protocol; a monitor that is written without a port may listen on either. */
export const MONITOR_PORTS = [3300, 6789] as const
const MOST_MONITORS = 15

export interface Monitor {
  /** IPv6 without brackets. */
  address: string
  port: number | null
}

function splitMonitor(text: string): { address: string; port: string | undefined } {
  if ((text.match(/:/g) ?? []).length > 1 && !text.startsWith('[')) return { address: text, port: undefined }
  const parts = /^(?<address>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/.exec(text)?.groups
  return { address: parts?.address ?? text, port: parts?.port }
}

/** `v2:192.0.2.1:3300/0`, as ceph writes an address: protocol, address, port and a number that only counts restarts. */
const TYPED = /(?:v1|v2|any):(\[[^\]]*\](?::\d+)?|[^\s,;/[\]]+)(?:\/\d+)?/g
/** `[v2:…,v1:…]`: one monitor with both of its addresses. */
const BOTH = /\[((?:(?:v1|v2|any):(?:\[[^\]]*\]|[^[\]])+))\]/g

/** Of the addresses of one monitor the newer protocol; with both usual ports none is needed, since both are tried. */
function oneOf(addresses: string): string {
  const found = [...addresses.matchAll(TYPED)].map(([word, place = '']) => ({ word, ...splitMonitor(place) }))
  const [first = null] = found.toSorted(
    (one, other) => Number(other.word.startsWith('v2')) - Number(one.word.startsWith('v2')),
  )
  if (first === null) return addresses
  const isUsual = found.every(({ address, port }) => address === first.address && isUsualPort(port))
  return isUsual && found.length > 1
    ? first.address
    : `${first.address}${first.port === undefined ? '' : `:${first.port}`}`
}

function isUsualPort(port: string | undefined): boolean {
  return MONITOR_PORTS.some((usual) => String(usual) === port)
}

/** `ceph mon dump` tells of the map before and after the monitors. */
function numberedLines(text: string): string {
  return (text.match(/^\d+: .*$/gm) ?? []).join('\n')
}

/** From a list of addresses, `mon_host` of ceph.conf, or what `ceph mon dump` and `ceph mon stat` print. */
function entriesOf(text: string): string[] {
  return text
    .replace(/^(?:.*\n)?\s*mon[_ ]host\s*=\s*([^\n]*)(?:\n.*)?$/is, '$1')
    .replace(/^\s*(["'])(.*)\1\s*$/s, '$2')
    .replace(/^(?:(?!\d+: ).*\n)*(\d+: .*)$/s, numberedLines)
    .replace(/^.*\bmons at \{([^}]*)\}.*$/s, '$1')
    .replace(/^\s*(?:\d+:\s+|mon\.[\w.-]+:?\s+)|:\/\S*$|\s+mon\.[\w.-]+\s*$/gm, '')
    .replace(BOTH, (_all, addresses: string) => oneOf(addresses))
    .replace(/(?<=[\d\]])\/(?=\d{1,3}\.\d|\[)/g, ',')
    .split(/[\s,;]+/)
    .map((entry) => entry.replace(/^[\w.-]+=(?=.)|^(?:v1|v2|any):/, '').replace(/\/\d+$/, ''))
    .filter((entry) => entry !== '')
}

function monitorsProblem(value: string): string | null {
  if (value.length > 2000) return 'At most 2000 characters.'
  const entries = entriesOf(value)
  if (entries.length === 0) return 'Enter at least one monitor.'
  if (entries.length > MOST_MONITORS) return `At most ${MOST_MONITORS} monitors.`
  for (const [index, entry] of entries.entries()) {
    const { address, port } = splitMonitor(entry)
    const problem = hostProblem(address)
    // Not repeated: it may be a key or a password, or a part of one.
    if (problem !== null && value.includes('@'))
      return 'Enter only addresses; the user and the key have fields of their own.'
    if (problem !== null) return entries.length === 1 ? problem : `Monitor ${index + 1}: ${problem}`
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return 'A port is a number from 1 to 65535.'
  }
  return null
}

export function monitorsOf(text: string): Monitor[] {
  return entriesOf(text).map((entry) => {
    const { address, port } = splitMonitor(entry)
    return { address: address.replace(/^\[(.*)\]$/, '$1'), port: port === undefined ? null : Number(port) }
  })
}

/** One spelling, as `mon_host` of ceph.conf takes it: commas between, IPv6 in brackets. */
export function monitorText(monitors: readonly Monitor[]): string {
  return monitors.map(({ address, port }) => `${bracketed(address)}${port === null ? '' : `:${port}`}`).join(',')
}

/** A name of a pool, a namespace or a user, as it can stand in an argument and in a line of a file. */
function nameProblem(limit: number): (value: string) => string | null {
  return (value) => {
    if (value.length > limit) return `The name has at most ${limit} characters.`
    return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(value)
      ? null
      : 'Only letters, digits and _ . - may be in the name, and it does not begin with a hyphen or a dot.'
  }
}

const PoolName = checked((value) => (value === '' ? 'Enter the pool.' : nameProblem(128)(value)))

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function uuidProblem(value: string): string | null {
  return UUID.test(value) ? null : 'This looks like 9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11.'
}

/** cephx keys: base64 of a header of 12 bytes and a secret of 16 or 32. */
const KEY = /^[A-Za-z0-9+/]{36,80}={0,2}$/
/** In a keyring file, in what `ceph auth get` prints, and in the same as JSON. */
const KEY_LINE = /(?:^|[\s,{])["']?key["']?\s*[=:]\s*["']?([A-Za-z0-9+/]+={0,2})["']?\s*(?:[,}]|$)/m
const KEYS = /(?:^|[\s,{])["']?key["']?\s*[=:]/g

/** The key itself, from the key alone or from a whole keyring file; null when there is none. */
export function keyIn(text: string): string | null {
  const key = KEY_LINE.exec(text)?.[1] ?? text.trim()
  return KEY.test(key) ? key : null
}

function keyringProblem(value: string): string | null {
  if (value.length > 4000) return 'A keyring has at most 4000 characters.'
  if ((value.match(KEYS) ?? []).length > 1 || (value.match(/^\s*\[client\./gm) ?? []).length > 1)
    return 'Paste the part of one user only.'
  return keyIn(value) === null ? 'Paste the key (it begins with AQ…) or the keyring file of this user.' : null
}

export const Keyring = checked(keyringProblem).optional()

/** Field names are those of LimiQuantix (`monitors`, `user`, `namespace`, `secret_uuid`); the pool is `pool`. */
export const CephRbdConfig = z.strictObject({
  monitors: checked(monitorsProblem).overwrite((value) => monitorText(monitorsOf(value))),
  pool: PoolName,
  namespace: optionalText(nameProblem(128)),
  user: checked((value) => (value === '' ? 'Enter the user.' : nameProblem(128)(value.replace(/^client\./, ''))))
    .overwrite((value) => value.replace(/^client\./, ''))
    .default('admin'),
  cluster_id: optionalText(uuidProblem, (value) => value.toLowerCase()),
  secret_uuid: optionalText(uuidProblem, (value) => value.toLowerCase()),
})
export type CephRbdSettings = z.infer<typeof CephRbdConfig>
