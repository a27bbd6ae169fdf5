import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

/**
 * The POSIX locks that a process holds on a file, as the kernel lists them. SQLite holds one on the database while it has it open;
 * it is all that tells other programs so.
 */
export function locksOn(path: string, pid: number = process.pid): string[] {
  const inode = statSync(path).ino
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => {
      // 12: POSIX  ADVISORY  READ 4711 08:01:1234 1073741826 1073742335
      const [, kind, , , holder, file] = line.split(/\s+/)
      return kind === 'POSIX' && holder === String(pid) && file?.endsWith(`:${inode}`)
    })
}

/** Another process reads the database and closes it: the last one to do so deletes the write-ahead log. */
export function readFromOutside(path: string): void {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(process.argv[1])
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    db.close()`
  execFileSync(process.execPath, ['-e', script, path], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Which write-ahead log is there: a deleted one that comes again is another one. */
export function logOf(path: string): number {
  return statSync(`${path}-wal`).ino
}
