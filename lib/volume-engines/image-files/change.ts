import { z } from 'zod'
import { programText } from '@/lib/program-text'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { readAnswer } from '@/lib/volume-engines/image-files/child-answer'

/** One change of names below a pool. Paths are relative; no link on the way is followed. */
export type Change =
  /** Throws `conflict` where the storage does not carry the mark of this pool. */
  | { do: 'require pool'; pool: string }
  /** Throws `conflict` where it is there. */
  | { do: 'require absent'; path: string }
  /** Throws `conflict` where it is there already. */
  | { do: 'make directory'; path: string }
  /** As above, and there already is well. */
  | { do: 'have directory'; path: string }
  /** Whole or not at all. Throws `conflict` where it is there already. */
  | { do: 'write'; path: string; text: string }
  /** A second name of a file, or, where the storage knows none, its new one. Throws `conflict` where that is there already. */
  | { do: 'link'; path: string; to: string }
  /** Over what is there, in one moment. `from` is gone and `to` is there: done. */
  | { do: 'replace'; path: string; to: string }
  /** A directory or file gets another place. Throws `conflict` where something is there already. */
  | { do: 'move'; path: string; to: string }
  /** Who may write to it; and its content is on the disk. */
  | { do: 'mode'; path: string; mode: number }
  /** With all that is in it. Not there: done. */
  | { do: 'remove'; path: string }
  /** Only when nothing is in it. */
  | { do: 'remove empty'; path: string }
  /** Its content is on the disk, of a file or directory. */
  | { do: 'sync'; path: string }

const CHANGE_MS = 60_000

/**
 * Runs in a process of its own, since a dead server blocks whoever asks. Each directory is opened from the one above it, without
 * following a link, and held; so nobody who can write to the storage leads a change elsewhere. It may use nothing from outside.
 */
export function changeFiles(path: string, changes: readonly Change[]): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const at = (fd: number) => `/proc/self/fd/${fd}`
  const root = fs.openSync(path, O_RDONLY | O_DIRECTORY)
  const held = new Map<string, number>([['', root]])
  /** The directory in which a name stands. */
  const directory = (parts: readonly string[]): number => {
    const key = parts.join('/')
    const known = held.get(key)
    if (known !== undefined) return known
    const above = directory(parts.slice(0, -1))
    const fd = fs.openSync(`${at(above)}/${parts.at(-1)}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    held.set(key, fd)
    return fd
  }
  const place = (name: string): { above: number; full: string } => {
    const parts = name.split('/')
    if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error('no plain name')
    const above = directory(parts.slice(0, -1))
    return { above, full: `${at(above)}/${parts.at(-1)}` }
  }
  const forget = (name: string): void => {
    for (const [key, fd] of held) {
      if (key !== name && !key.startsWith(`${name}/`)) continue
      fs.closeSync(fd)
      held.delete(key)
    }
  }
  const isThere = (full: string) => fs.lstatSync(full, { throwIfNoEntry: false }) !== undefined
  const refuse = (code: string) => Object.assign(new Error(code), { code, syscall: 'rename' })
  const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ''
  const isWithoutLinks = (error: unknown) =>
    ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))
  const syncDirectory = (fd: number): void => {
    try {
      fs.fsyncSync(fd)
    } catch (error) {
      // Some file systems of servers do not know it for directories.
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'].includes(codeOf(error))) throw error
    }
  }
  const move = (from: string, to: string): void => {
    const [source, target] = [place(from), place(to)]
    // First, so that a move that never began is told from one that something is in the way of.
    if (!isThere(source.full)) throw refuse('ENOENT')
    if (isThere(target.full)) throw refuse('EEXIST')
    fs.renameSync(source.full, target.full)
    forget(from)
    syncDirectory(target.above)
    syncDirectory(source.above)
  }
  const act: { [Kind in Change['do']]: (change: Extract<Change, { do: Kind }>) => void } = {
    'require pool': ({ pool }) => {
      let found: unknown
      try {
        const fd = fs.openSync(`${at(root)}/holdfast-pool.json`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        found = JSON.parse(fs.readFileSync(fd, 'utf8')).pool
        fs.closeSync(fd)
      } catch (error) {
        if (!['ENOENT', 'ELOOP', ''].includes(codeOf(error))) throw error
      }
      if (found !== pool) throw refuse('EPOOL')
    },
    'require absent': ({ path: name }) => {
      try {
        if (!isThere(place(name).full)) return
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return
        throw error
      }
      throw refuse('EEXIST')
    },
    'make directory': ({ path: name }) => fs.mkdirSync(place(name).full, { mode: 0o755 }),
    'have directory': ({ path: name }) => {
      const { full } = place(name)
      if (!isThere(full)) fs.mkdirSync(full, { mode: 0o755 })
    },
    write: ({ path: name, text }) => {
      const { above, full } = place(name)
      const unfinished = `${at(above)}/.holdfast-write-${process.pid}-${process.hrtime.bigint()}`
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
    },
    link: ({ path: name, to }) => {
      const target = place(to)
      try {
        fs.linkSync(place(name).full, target.full)
      } catch (error) {
        if (!isWithoutLinks(error)) throw error
        return move(name, to)
      }
      syncDirectory(target.above)
    },
    replace: ({ path: name, to }) => {
      const [source, target] = [place(name), place(to)]
      if (!isThere(source.full) && isThere(target.full)) return
      fs.renameSync(source.full, target.full)
      syncDirectory(target.above)
    },
    move: ({ path: name, to }) => move(name, to),
    mode: ({ path: name, mode }) => {
      const fd = fs.openSync(place(name).full, O_RDONLY | O_NOFOLLOW)
      fs.fsyncSync(fd)
      fs.fchmodSync(fd, mode)
      fs.closeSync(fd)
    },
    remove: ({ path: name }) => {
      forget(name)
      const { above, full } = place(name)
      fs.rmSync(full, { recursive: true, force: true })
      syncDirectory(above)
    },
    'remove empty': ({ path: name }) => {
      forget(name)
      try {
        fs.rmdirSync(place(name).full)
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
      }
    },
    sync: ({ path: name }) => {
      const fd = fs.openSync(place(name).full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      if (fs.fstatSync(fd).isDirectory()) syncDirectory(fd)
      else fs.fsyncSync(fd)
      fs.closeSync(fd)
    },
  }
  try {
    for (const change of changes) (act[change.do] as (one: Change) => void)(change)
    process.stdout.write(JSON.stringify({ ok: null }))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    process.stdout.write(JSON.stringify({ errno: code ?? 'unknown', what: syscall ?? String(error) }))
  }
}

/** Carries out the changes in their order, in a child. Throws at the first that is not possible; those before it stay. */
export async function change(
  path: string,
  changes: readonly Change[],
  { host }: Pick<EngineContext, 'host'>,
): Promise<void> {
  const script = programText(changeFiles, [path, changes])
  const { stdout } = await host.run('node', ['-e', script], { timeoutMs: CHANGE_MS })
  readAnswer(stdout, z.null())
}
