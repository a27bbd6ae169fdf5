import type { Change } from '@/lib/volume-engines/image-files/change'

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function refuse(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'rename' })
}

function isWithoutLinks(error: unknown): boolean {
  return ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))
}

/** Some file systems of servers do not know it for directories. */
function syncDirectory(fd: number): void {
  try {
    process.getBuiltinModule('node:fs').fsyncSync(fd)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'].includes(codeOf(error))) throw error
  }
}

/** Directories below one, each opened from the one above it without following a link, and held until `close`. */
function openDirectories(path: string) {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  const root = fs.openSync(path, O_RDONLY | O_DIRECTORY)
  const held = new Map<string, number>([['', root]])
  const at = (fd: number) => `/proc/self/fd/${fd}`
  const directory = (parts: readonly string[]): number => {
    const key = parts.join('/')
    const known = held.get(key)
    if (known !== undefined) return known
    const above = directory(parts.slice(0, -1))
    const fd = fs.openSync(`${at(above)}/${parts.at(-1)}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    held.set(key, fd)
    return fd
  }
  return {
    /** The directory in which a name stands, and the name in it. */
    place(name: string): { above: number; full: string; beside(other: string): string } {
      const parts = name.split('/')
      if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error('no plain name')
      const above = directory(parts.slice(0, -1))
      return { above, full: `${at(above)}/${parts.at(-1)}`, beside: (other) => `${at(above)}/${other}` }
    },
    /** What stood there has another place, or none. */
    forget(name: string): void {
      for (const [key, fd] of held) {
        if (key !== name && !key.startsWith(`${name}/`)) continue
        fs.closeSync(fd)
        held.delete(key)
      }
    },
    close(): void {
      for (const fd of held.values()) fs.closeSync(fd)
    },
  }
}

type Directories = ReturnType<typeof openDirectories>

function isThere(full: string): boolean {
  return process.getBuiltinModule('node:fs').lstatSync(full, { throwIfNoEntry: false }) !== undefined
}

function withFile<T>(full: string, work: (fd: number) => T): T {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const fd = fs.openSync(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    return work(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function requirePool({ place }: Directories, pool: string): void {
  const fs = process.getBuiltinModule('node:fs')
  let found: unknown
  try {
    found = JSON.parse(withFile(place('holdfast-pool.json').full, (fd) => fs.readFileSync(fd, 'utf8'))).pool
  } catch (error) {
    if (!['ENOENT', 'ELOOP', ''].includes(codeOf(error))) throw error
  }
  if (found !== pool) throw refuse('EPOOL')
}

function requireAbsent({ place }: Directories, name: string): void {
  try {
    if (!isThere(place(name).full)) return
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  throw refuse('EEXIST')
}

function writeWhole({ place }: Directories, name: string, text: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants
  const { above, full, beside } = place(name)
  const unfinished = beside(`.holdfast-write-${process.pid}-${process.hrtime.bigint()}`)
  const fd = fs.openSync(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
  try {
    fs.writeSync(fd, text)
    fs.fsyncSync(fd)
    fs.linkSync(unfinished, full)
  } catch (error) {
    if (!isWithoutLinks(error)) throw error
    if (isThere(full)) throw refuse('EEXIST')
    fs.renameSync(unfinished, full)
  } finally {
    fs.closeSync(fd)
    fs.rmSync(unfinished, { force: true })
  }
  syncDirectory(above)
}

function moveAway(directories: Directories, from: string, to: string): void {
  const [source, target] = [directories.place(from), directories.place(to)]
  // First, so that a move that never began is told from one that something is in the way of.
  if (!isThere(source.full)) throw refuse('ENOENT')
  if (isThere(target.full)) throw refuse('EEXIST')
  process.getBuiltinModule('node:fs').renameSync(source.full, target.full)
  directories.forget(from)
  syncDirectory(target.above)
  syncDirectory(source.above)
}

function linkFile(directories: Directories, name: string, to: string, isStrict: boolean): void {
  const target = directories.place(to)
  try {
    process.getBuiltinModule('node:fs').linkSync(directories.place(name).full, target.full)
  } catch (error) {
    if (!isWithoutLinks(error)) throw error
    if (isStrict) throw refuse('EOPNOTSUPP')
    moveAway(directories, name, to)
    return
  }
  syncDirectory(target.above)
}

function replaceFile({ place }: Directories, name: string, to: string): void {
  const [source, target] = [place(name), place(to)]
  if (!isThere(source.full) && isThere(target.full)) return
  process.getBuiltinModule('node:fs').renameSync(source.full, target.full)
  syncDirectory(target.above)
}

function removeAll(directories: Directories, name: string): void {
  directories.forget(name)
  const { above, full } = directories.place(name)
  process.getBuiltinModule('node:fs').rmSync(full, { recursive: true, force: true })
  syncDirectory(above)
}

function removeEmpty(directories: Directories, name: string): void {
  directories.forget(name)
  try {
    process.getBuiltinModule('node:fs').rmdirSync(directories.place(name).full)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
  }
}

function changeMode({ place }: Directories, name: string, mode: number): void {
  const fs = process.getBuiltinModule('node:fs')
  withFile(place(name).full, (fd) => {
    fs.fsyncSync(fd)
    fs.fchmodSync(fd, mode)
  })
}

function syncFile({ place }: Directories, name: string): void {
  const fs = process.getBuiltinModule('node:fs')
  withFile(place(name).full, (fd) => (fs.fstatSync(fd).isDirectory() ? syncDirectory(fd) : fs.fsyncSync(fd)))
}

function changeOne(directories: Directories, change: Change): void {
  const fs = process.getBuiltinModule('node:fs')
  switch (change.do) {
    case 'require pool':
      requirePool(directories, change.pool)
      break
    case 'require absent':
      requireAbsent(directories, change.path)
      break
    case 'make directory':
      fs.mkdirSync(directories.place(change.path).full, { mode: 0o755 })
      break
    case 'have directory': {
      const { full } = directories.place(change.path)
      if (!isThere(full)) fs.mkdirSync(full, { mode: 0o755 })
      break
    }
    case 'write':
      writeWhole(directories, change.path, change.text)
      break
    case 'link':
      linkFile(directories, change.path, change.to, change.isStrict === true)
      break
    case 'replace':
      replaceFile(directories, change.path, change.to)
      break
    case 'move':
      moveAway(directories, change.path, change.to)
      break
    case 'mode':
      changeMode(directories, change.path, change.mode)
      break
    case 'remove':
      removeAll(directories, change.path)
      break
    case 'remove empty':
      removeEmpty(directories, change.path)
      break
    case 'sync':
      syncFile(directories, change.path)
      break
  }
}

/**
 * Runs in a process of its own, since a dead server blocks whoever asks. Each directory is opened from the one above it, without
 * following a link, and held; so nobody who can write to the storage leads a change elsewhere. It may use nothing from outside.
 */
export function changeFiles(path: string, changes: readonly Change[]): null {
  const directories = openDirectories(path)
  try {
    for (const change of changes) changeOne(directories, change)
  } finally {
    directories.close()
  }
  return null
}

/** What `changeFiles` uses, for the text of its program. */
export const CHANGE_PARTS = [
  codeOf,
  refuse,
  isWithoutLinks,
  syncDirectory,
  openDirectories,
  isThere,
  withFile,
  requirePool,
  requireAbsent,
  writeWhole,
  moveAway,
  linkFile,
  replaceFile,
  removeAll,
  removeEmpty,
  changeMode,
  syncFile,
  changeOne,
] as const
