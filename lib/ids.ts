/** Prefix of every id that people can meet; the prefix says what the id names. */
export const ID_PREFIXES = {
  host: 'hst',
  backend: 'bkd',
  mount: 'mnt',
  pool: 'pol',
  volume: 'vol',
  snapshot: 'snp',
  schedule: 'sch',
  repository: 'rep',
  lease: 'lse',
  attachment: 'att',
  workload: 'wkl',
  operation: 'op',
  alert: 'alr',
  maintenance: 'mtw',
  user: 'usr',
  token: 'tok',
  session: 'ses',
  passkey: 'psk',
  audit: 'aud',
  joinToken: 'jtk',
  view: 'viw',
  upload: 'upl',
  notifier: 'ntf',
  delivery: 'dlv',
  console: 'con',
} as const

export type IdKind = keyof typeof ID_PREFIXES

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LETTERS = 26

/** A new id: prefix, 48 bits of time in ms (so that ids sort by age), 80 random bits. Crockford base 32, 26 characters. */
export function newId(kind: IdKind, now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  let value = BigInt(now)
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return written(kind, value)
}

/** The id of something that has one already, of its own kind: always the same one for the same bytes, of which there are 16 at least. */
export function derivedId(kind: IdKind, digest: Uint8Array): string {
  let value = 0n
  for (const byte of digest.subarray(0, 16)) value = (value << 8n) | BigInt(byte)
  return written(kind, value)
}

function written(kind: IdKind, bits: bigint): string {
  let value = bits
  let text = ''
  for (let i = 0; i < LETTERS; i++) {
    text = ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return `${ID_PREFIXES[kind]}_${text}`
}

/** The exact shape of an id of this kind; ids that come from outside are checked against it before they touch a path. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{26}$`)
}

/** The shape of an id of any kind. */
export const ANY_ID = new RegExp(`^(?:${Object.values(ID_PREFIXES).join('|')})_[0-9a-hjkmnp-tv-z]{26}$`)

/** When an id was made; null: it is none of ours. */
export function timeOfId(id: string): Date | null {
  if (!ANY_ID.test(id)) return null
  const [, text = ''] = id.split('_')
  const value = [...text].reduce((sum, letter) => sum * 32n + BigInt(ALPHABET.indexOf(letter)), 0n)
  return new Date(Number(value >> 80n))
}
