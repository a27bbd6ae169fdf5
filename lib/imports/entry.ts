import type { LineProblem } from '@/lib/drivers/mounting/rclone-config'
import { HIDDEN, tellOptions, tellSource } from '@/lib/drivers/options/hide-secrets'
import { isBind } from '@/lib/drivers/options/system-words'
import { type DriverId, readerOf } from '@/lib/drivers/registry'

interface Shared {
  /** 1 is the first line; null where the source has no lines, such as JSON. */
  line: number | null
  name: string
  /** The type as the source calls it, when it looks like one. */
  type: string | null
  /** What was left out or not understood, none of which stops the rest. */
  problems: LineProblem[]
  /** By what others in the same texts name it, see `ImportUse`. */
  keys?: readonly string[]
  /** The file that it stands in, where there are several. */
  file?: string
  /** What in the same texts lies on it, such as `Machine erp (scsi0)`. */
  usedBy?: readonly string[]
}

/** Something that lies on a storage, which may stand elsewhere in the texts. */
export interface ImportUse {
  /** Such as `Machine erp (scsi0)`. */
  who: string
  /** A key of the storage; `path /…` is also one that lies below that of a storage. */
  of: string
  /** Said where it is in none of the texts. */
  reason: string
  /** The storage, where what lies on it says all of it: used where none has this key. */
  itself?: StorageEntry
}

/** Where the source has it mounted. */
export interface WantedPlace {
  mountPoint: string | null
  readOnly: boolean
  isGlobal: boolean
}

export interface StorageEntry extends Shared {
  kind: 'storage'
  /** The storage type that it becomes. */
  driver: DriverId
  /** Config and secrets side by side, as a form would send them. */
  settings: Readonly<Record<string, unknown>>
  /** Buckets that others in the same text name, where the settings say none. */
  buckets: readonly string[]
  /** Settings that the source does not tell and that must be entered. */
  needs: readonly string[]
  place: WantedPlace
}

/** One storage of the source: what it becomes, or why it is skipped (`other`) or refused. */
export type ImportEntry = StorageEntry | (Shared & { kind: 'other' | 'refused'; reason: string })

export interface ReadImport {
  entries: ImportEntry[]
  /** Lines that belong to no entry, and reasons to refuse the whole text; with the file, where there are several. */
  problems: (LineProblem & { file?: string })[]
  isRefused: boolean
  uses?: ImportUse[]
}

/** As it is where the source says nothing of a place. */
export const ANYWHERE: WantedPlace = { mountPoint: null, readOnly: false, isGlobal: false }

/** `problems` hold no value of a secret setting. */
export function refusedImport(message: string, line = 1): ReadImport {
  return { entries: [], problems: [{ line, message }], isRefused: true }
}

/** Of one text. Whoever chooses can name no more in one request. */
export const MAX_STORAGES = 2000
export const TOO_MANY = `More than ${MAX_STORAGES} storages are not read at once. Import the text in parts.`

/** Said instead of a source that is not shown. */
export const SECRET_IN_SOURCE = 'A part of its source is not shown, since it may be a secret.'
export const WHOLE_TREE = 'A bind mount with everything below it (rbind) is not supported.'

/** A storage that the source mounts with mount(8), read as a mount that is there already would be. */
export function entryOfMount(
  shared: Shared,
  { fsType, source, options: given }: { fsType: string; source: string; options: readonly string[] },
): ImportEntry {
  if (tellSource(source, fsType).includes(HIDDEN)) return { ...shared, kind: 'refused', reason: SECRET_IN_SOURCE }
  if (given.includes('rbind')) return { ...shared, kind: 'refused', reason: WHOLE_TREE }
  const told = tellOptions(given)
  // What is no option belongs to a secret before it: it is not read, and nothing is said of it but that.
  const options = given.filter((_option, at) => told[at] !== HIDDEN)
  const reader = readerOf(fsType, isBind(options))
  // What stands in a definition somebody has chosen, as in a line of fstab.
  const read = reader?.existingMounts?.read({ source, fsType, options, from: 'fstab' })
  if (reader === undefined || read === undefined)
    return { ...shared, kind: 'other', reason: `File systems of type "${fsType.slice(0, 40)}" are not taken over.` }
  if ('reason' in read) return { ...shared, kind: 'refused', reason: read.reason }
  const password = options.find((option) => /^pass(?:word)?=/.test(option))?.replace(/^[^=]*=/, '')
  // A comma in the password would end it here, so that only a part is known.
  const isCut = password !== undefined && options.length < given.length
  const hasPassword =
    password !== undefined && password !== '' && !isCut && Object.hasOwn(reader.secrets.shape, 'password')
  // Only the names of options: what stands behind one may be a secret.
  const leftOut = read.leftOut.map((option) => ({
    line: shared.line ?? 1,
    message: `The option "${nameOf(option)}" has no counterpart here and is left out.`,
  }))
  if (options.length < given.length)
    leftOut.push({
      line: shared.line ?? 1,
      message: `Words that are no option are left out and not shown.${isCut ? ' They may belong to the password: enter it here.' : ''}`,
    })
  return {
    ...shared,
    kind: 'storage',
    driver: reader.id,
    settings: { ...read.config, ...(hasPassword ? { password } : {}) },
    buckets: [],
    needs: read.needs.filter((field) => !(hasPassword && field === 'password')),
    place: { ...ANYWHERE, readOnly: options.includes('ro') },
    problems: [...shared.problems, ...leftOut],
  }
}

function nameOf(option: string): string {
  const name = option.replace(/=.*$/s, '')
  return /^[a-z][a-z0-9_.-]{0,40}$/i.test(name) ? name : 'one'
}

/** Words of a source that are shown: names and types, short and without control characters. */
export function showable(text: unknown): string {
  const clean = String(text ?? '')
    .replace(/[\p{C}\u2028\u2029]/gu, '')
    .trim()
  return clean.length > 100 ? `${clean.slice(0, 99)}…` : clean
}
