import { type RcloneSection, showableName } from '@/lib/drivers/mounting/rclone-config'

/** Remotes of rclone that keep nothing themselves: they show others in another way. */
interface Wrapper {
  /** What others stand in, as `remote:path`. */
  places(section: RcloneSection): Place[]
  /** Whether files lie below just as they are seen through it. */
  isPlain: boolean
  /** What it is, before it is said where the buckets went. */
  says: string
}

interface Place {
  remote: string
  path: string
  /** The folder under which it is seen, of a remote that joins several. */
  folder?: string
}

/** The buckets of one remote that others name. */
type Buckets = ReadonlyMap<string, readonly string[]>

const DEEPEST = 8

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  alias: { places: single, isPlain: true, says: 'An alias is a name for part of another remote' },
  hasher: { places: single, isPlain: true, says: 'It keeps checksums of another remote (hasher)' },
  cache: { places: single, isPlain: true, says: 'It keeps a copy of another remote on the host (cache)' },
  combine: { places: joined, isPlain: true, says: 'It shows several remotes side by side (combine)' },
  union: { places: joined, isPlain: true, says: 'It shows several remotes as one (union)' },
  crypt: {
    places: single,
    isPlain: false,
    says: 'The content is encrypted by rclone (crypt), which is not supported: imported, the S3 remote below it would show encrypted names and files',
  },
  chunker: {
    places: single,
    isPlain: false,
    says: 'Large files are stored in pieces (chunker), which is not supported: imported, the remote below it would show the pieces',
  },
  compress: {
    places: single,
    isPlain: false,
    says: 'Files are stored compressed by rclone (compress), which is not supported: imported, the remote below it would show the compressed files',
  },
}

function wrapperOf(section: RcloneSection): Wrapper | undefined {
  const type = section.settings.get('type')?.value ?? ''
  return Object.hasOwn(WRAPPERS, type) ? WRAPPERS[type] : undefined
}

function single({ settings }: RcloneSection): Place[] {
  return placeOf(settings.get('remote')?.value ?? '')
}

/** `"docs=m:docs" films=m:films/2020` of combine, `m:a m:b:ro` of union; `remotes` is union's older word. */
function joined({ settings }: RcloneSection): Place[] {
  const isUnion = settings.get('type')?.value === 'union'
  return wordsOf(settings.get('upstreams')?.value ?? settings.get('remotes')?.value ?? '').flatMap((word) => {
    if (isUnion) return placeOf(word.replace(/:(?:ro|nc|writeback)$/, ''))
    const [, folder = '', rest = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? []
    return placeOf(rest).map((place) => ({ ...place, folder }))
  })
}

/** Separated by spaces; one with spaces stands in double quotes, and a double quote in it is doubled. */
function wordsOf(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|\S+/g)].map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word)
}

/** With these set another way, `name,option=value:` is another storage than `name:`. */
const OTHER_ACCOUNT = /\b(?:provider|endpoint|region|env_auth|access_key_id|secret_access_key|session_token|profile)\b/

/** `name:path`, or `name,option=value:path`: nothing for a path of the host and for a whole remote in one text. */
function placeOf(text: string): Place[] {
  const { name, options, path } =
    /^(?<name>[^:,"'`/\\=]{1,100})(?<options>,[^:"'/]*)?:(?<path>.*)$/s.exec(text)?.groups ?? {}
  if (name === undefined || path === undefined || OTHER_ACCOUNT.test(options ?? '')) return []
  return [{ remote: showableName(name), path: path.replace(/^\/+|\/+$/g, '') }]
}

/** Follows a place down to remotes that are none of these types. */
function follow(place: Place, byName: ReadonlyMap<string, RcloneSection>, depth: number): Place[] {
  const section = byName.get(place.remote)
  const wrapper = section && wrapperOf(section)
  if (section === undefined || wrapper === undefined) return [place]
  if (!wrapper.isPlain || depth >= DEEPEST) return []
  const [first = '', ...rest] = place.path.split('/')
  return wrapper.places(section).flatMap((inner) => {
    // Below a folder of combine only what stands there is seen; its top shows everything.
    if (inner.folder !== undefined && first !== '' && first !== inner.folder) return []
    const below = inner.folder === undefined ? place.path : rest.join('/')
    return follow({ remote: inner.remote, path: joinPath(inner.path, below) }, byName, depth + 1)
  })
}

function joinPath(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('/')
}

function bucketIn({ path }: Place): string | null {
  const [bucket = ''] = path.split('/')
  return /^[A-Za-z0-9._-]{3,63}$/.test(bucket) ? bucket : null
}

/** `[media] type = alias, remote = wasabi:films/2020` says that the remote `wasabi` has a bucket `films`; so do combine and union. */
export function bucketsNamed(sections: readonly RcloneSection[]): Buckets {
  const byName = new Map(sections.map((section) => [section.name, section]))
  const found = new Map<string, string[]>()
  for (const section of sections) {
    if (wrapperOf(section)?.isPlain !== true) continue
    for (const place of follow({ remote: section.name, path: '' }, byName, 0)) {
      const bucket = bucketIn(place)
      const known = found.get(place.remote) ?? []
      if (bucket !== null && !known.includes(bucket)) found.set(place.remote, [...known, bucket])
    }
  }
  return found
}

/** Why a remote of such a type is not imported itself, and where its buckets are offered; null for other types. */
export function explainWrapper(section: RcloneSection, sections: ReadonlyMap<string, RcloneSection>): string | null {
  const wrapper = wrapperOf(section)
  if (wrapper === undefined) return null
  if (!wrapper.isPlain) return `${wrapper.says}.`
  const places = follow({ remote: section.name, path: '' }, sections, 0)
  const missing = places.find(({ remote }) => !sections.has(remote))
  if (missing) return `${wrapper.says}. The remote "${missing.remote}" that it names is not in this text.`
  if (places.length === 0)
    return `${wrapper.says}. It names no remote that could be imported, such as a folder of the host or an encrypted one.`
  const named = places.flatMap((place) => {
    const bucket = bucketIn(place)
    return bucket === null ? [] : [`"${bucket}" at "${place.remote}"`]
  })
  if (named.length === 0) return `${wrapper.says}; what it names is listed by itself.`
  const shown = named.length > 5 ? [...named.slice(0, 5), `${named.length - 5} more`] : named
  const what = named.length === 1 ? 'the bucket it names is' : 'the buckets it names are'
  return `${wrapper.says}; ${what} offered there: ${shown.join(', ')}.`
}
