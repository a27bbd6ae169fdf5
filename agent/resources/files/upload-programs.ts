import type { openBelow } from '@/lib/volume-engines/image-files/open-below'

/** What all programs of one upload are told. */
export interface UploadAsked {
  /** Of the pool on this host. */
  root: string
  /** Of the directory in which it lies until it is whole: `.holdfast-uploads/<id>`. */
  place: readonly string[]
}

export interface BeginAsked extends UploadAsked {
  /** Names of what it becomes, one under the other. */
  target: readonly string[]
  bytes: number
}

/** Prints one line that other processes read. */
function say(value: unknown): void {
  const fs = process.getBuiltinModule('node:fs')
  fs.writeSync(1, `${JSON.stringify(value)}\n`)
}

function sayError(error: unknown): void {
  const { code, syscall, size } = error as NodeJS.ErrnoException & { size?: number }
  say({ errno: code ?? 'unknown', what: syscall ?? String(error), ...(size === undefined ? {} : { size }) })
}

/** The file system's own complaint, with a code that the agent has words for. */
function refuse(code: string, size?: number): Error {
  return Object.assign(new Error(code), { code, syscall: 'upload', size })
}

/** Opens a directory below another one, and makes it where it is missing. No link is followed. */
function directoryIn(above: number, name: string, mode: number): number {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  const full = `/proc/self/fd/${above}/${name}`
  const open = () => fs.openSync(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    return open()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  try {
    fs.mkdirSync(full, { mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return open()
}

/** A small file of an upload, whole or not at all. */
function writeNote(directory: number, name: string, value: unknown): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants
  const at = `/proc/self/fd/${directory}`
  const fd = fs.openSync(`${at}/.${name}`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  fs.writeSync(fd, JSON.stringify(value))
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  fs.renameSync(`${at}/.${name}`, `${at}/${name}`)
}

/** null: it is not there. */
function readNote(directory: number, name: string): Record<string, unknown> | null {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW } = fs.constants
  try {
    const fd = fs.openSync(`/proc/self/fd/${directory}/${name}`, O_RDONLY | O_NOFOLLOW)
    const text = fs.readFileSync(fd, 'utf8')
    fs.closeSync(fd)
    return JSON.parse(text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export const UPLOAD_PARTS = [say, sayError, refuse, directoryIn, writeNote, readNote] as const

/** Makes the place of an upload, where there is room for all of it and nothing of its name. The same again: success. */
export function beginUpload({ root, place, target, bytes }: BeginAsked, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = fs.constants
  const requireFree = (): void => {
    let above: number
    try {
      above = open(root, target.slice(0, -1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    const found = fs.lstatSync(`/proc/self/fd/${above}/${target.at(-1)}`, { throwIfNoEntry: false })
    if (found !== undefined) throw refuse('EEXIST')
  }
  try {
    const { bavail, bsize } = fs.statfsSync(root)
    if (bavail * bsize < bytes) throw refuse('ENOROOM', bavail * bsize)
    requireFree()
    const pool = open(root, [])
    const directory = directoryIn(directoryIn(pool, place[0] ?? '', 0o700), place[1] ?? '', 0o700)
    writeNote(directory, 'upload.json', { target, bytes })
    const data = fs.openSync(`/proc/self/fd/${directory}/data`, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)
    fs.fsyncSync(data)
    fs.fsyncSync(directory)
    say({ ok: null })
  } catch (error) {
    sayError(error)
  }
}

/** Says how much of it is there. Changes nothing. */
export function lookAtUpload({ root, place }: UploadAsked, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  try {
    const directory = open(root, place)
    const note = readNote(directory, 'upload.json')
    if (note === null) throw refuse('ENOENT')
    const done = readNote(directory, 'done.json')
    const data = fs.lstatSync(`/proc/self/fd/${directory}/data`, { throwIfNoEntry: false })
    const unproven = readNote(directory, 'unproven.json')
    const isDone = done !== null && data === undefined
    const offset = isDone ? note.bytes : (unproven?.offset ?? data?.size ?? 0)
    say({ ok: { offset, bytes: note.bytes, sha256: isDone ? done.sha256 : null } })
  } catch (error) {
    sayError(error)
  }
}

export interface WriteAsked extends UploadAsked {
  offset: number
  /** Bytes that will come; null: nobody has said. */
  length: number | null
  checksum: { algorithm: string; digest: string } | null
}

/**
 * Takes what comes on its input behind what is there. Says first whether it will, and at the end how much is there then. What a checksum
 * was promised for, and what does not have it, is taken back, also when this was killed in the middle.
 */
export function writeUpload({ root, place, offset, length, checksum }: WriteAsked, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  const crypto = process.getBuiltinModule('node:crypto')
  const { O_WRONLY, O_NOFOLLOW } = fs.constants
  const CHUNK = 1024 * 1024
  const take = (buffer: Uint8Array): number => {
    for (;;) {
      try {
        return fs.readSync(0, buffer, 0, buffer.length, null)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EOF') return 0
        if (code !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
      }
    }
  }
  try {
    const directory = open(root, place)
    const at = `/proc/self/fd/${directory}`
    const note = readNote(directory, 'upload.json')
    if (note === null) throw refuse('ENOENT')
    const data = fs.openSync(`${at}/data`, O_WRONLY | O_NOFOLLOW)
    const before = readNote(directory, 'unproven.json')
    if (before !== null) {
      fs.ftruncateSync(data, Number(before.offset))
      fs.rmSync(`${at}/unproven.json`)
    }
    const { size } = fs.fstatSync(data)
    if (size !== offset) throw refuse('EOFFSET', size)
    if (offset + (length ?? 0) > Number(note.bytes)) throw refuse('ETOOMUCH', Number(note.bytes))
    if (checksum !== null) writeNote(directory, 'unproven.json', { offset })
    const digest = checksum === null ? null : crypto.createHash(checksum.algorithm)
    say({ ok: { offset, bytes: note.bytes, sha256: null } })
    const buffer = new Uint8Array(CHUNK)
    let end = offset
    for (let read = take(buffer); read > 0; read = take(buffer)) {
      const left = Number(note.bytes) - end
      const part = buffer.subarray(0, Math.min(read, left))
      for (let done = 0; done < part.length; ) done += fs.writeSync(data, part, done, part.length - done, end + done)
      digest?.update(part)
      end += part.length
      if (read > left) {
        fs.ftruncateSync(data, offset)
        throw refuse('ETOOMUCH', Number(note.bytes))
      }
    }
    const isShort = length !== null && end - offset !== length
    if (digest !== null && (isShort || digest.digest('base64') !== checksum?.digest)) {
      fs.ftruncateSync(data, offset)
      fs.rmSync(`${at}/unproven.json`)
      throw refuse('ECHECKSUM', offset)
    }
    fs.fsyncSync(data)
    if (digest !== null) fs.rmSync(`${at}/unproven.json`)
    say({ ok: { offset: end, bytes: note.bytes, sha256: null } })
  } catch (error) {
    sayError(error)
  }
}

export interface FinishAsked extends UploadAsked {
  /** In hex; null: nobody has said. */
  sha256: string | null
}

/** Reads all of it once more, compares, and gives it its place, where nothing may be. Done already: says the same. */
export function finishUpload({ root, place, sha256 }: FinishAsked, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  const crypto = process.getBuiltinModule('node:crypto')
  const { O_RDWR, O_NOFOLLOW } = fs.constants
  const CHUNK = 4 * 1024 * 1024
  const digestOf = (fd: number): string => {
    const digest = crypto.createHash('sha256')
    const buffer = new Uint8Array(CHUNK)
    let at = 0
    for (let read = fs.readSync(fd, buffer, 0, CHUNK, at); read > 0; read = fs.readSync(fd, buffer, 0, CHUNK, at)) {
      digest.update(buffer.subarray(0, read))
      at += read
    }
    return digest.digest('hex')
  }
  const isSame = (one: string, other: string): boolean => {
    const [first, second] = [one, other].map((name) => fs.lstatSync(name, { bigint: true, throwIfNoEntry: false }))
    return first !== undefined && first.ino === second?.ino && first.dev === second.dev
  }
  const giveName = (from: string, to: string): void => {
    try {
      fs.linkSync(from, to)
      return
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      // Cut off after it was done.
      if (code === 'EEXIST' && isSame(from, to)) return
      if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code)) throw error
    }
    // A storage without hard links.
    if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw refuse('EEXIST')
    fs.renameSync(from, to)
  }
  const sync = (fd: number): void => {
    try {
      fs.fsyncSync(fd)
    } catch (error) {
      // Some file systems of servers do not know it for directories.
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error
    }
  }
  try {
    const directory = open(root, place)
    const at = `/proc/self/fd/${directory}`
    const note = readNote(directory, 'upload.json')
    if (note === null) throw refuse('ENOENT')
    const bytes = Number(note.bytes)
    const known = readNote(directory, 'done.json')
    if (known !== null && fs.lstatSync(`${at}/data`, { throwIfNoEntry: false }) === undefined) {
      say({ ok: { offset: bytes, bytes, sha256: known.sha256 } })
      return
    }
    const data = fs.openSync(`${at}/data`, O_RDWR | O_NOFOLLOW)
    const { size } = fs.fstatSync(data)
    if (size !== bytes || readNote(directory, 'unproven.json') !== null) throw refuse('EOFFSET', size)
    const found = digestOf(data)
    if (sha256 !== null && found !== sha256) throw Object.assign(refuse('EDIGEST'), { syscall: found })
    fs.fchmodSync(data, 0o644)
    fs.fsyncSync(data)
    writeNote(directory, 'done.json', { sha256: found })
    const target = note.target as string[]
    const above = target.slice(0, -1).reduce((fd, name) => directoryIn(fd, name, 0o755), open(root, []))
    giveName(`${at}/data`, `/proc/self/fd/${above}/${target.at(-1)}`)
    sync(above)
    fs.rmSync(`${at}/data`, { force: true })
    sync(directory)
    say({ ok: { offset: bytes, bytes, sha256: found } })
  } catch (error) {
    sayError(error)
  }
}

/** Takes an upload away; or, of all, those that were not touched since then. Not there: done. */
export function dropUploads(
  { root, place, before }: UploadAsked & { before: number | null },
  open: typeof openBelow,
): void {
  const fs = process.getBuiltinModule('node:fs')
  try {
    let above: number
    try {
      above = open(root, place.slice(0, 1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      say({ ok: 0 })
      return
    }
    const at = `/proc/self/fd/${above}`
    const touched = (name: string): number =>
      Math.max(
        ...['', '/data', '/upload.json'].map(
          (part) => fs.lstatSync(`${at}/${name}${part}`, { throwIfNoEntry: false })?.mtimeMs ?? 0,
        ),
      )
    const names = before === null ? place.slice(1) : fs.readdirSync(at).filter((name) => touched(name) < before)
    for (const name of names) fs.rmSync(`${at}/${name}`, { recursive: true, force: true })
    say({ ok: names.length })
  } catch (error) {
    sayError(error)
  }
}
