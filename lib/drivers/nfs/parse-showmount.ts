import { unreadableOutput } from '@/lib/drivers/problems/problem'

export interface NfsExport {
  path: string
  /** As the server words them: addresses, networks, names, `*` or `(everyone)`. */
  clients: string[]
}

/**
 * `showmount --no-headers -e`: one export a line, its path, spaces, its clients with commas between. The path may contain spaces,
 * the clients never do. Throws `command_failed` for anything else, so that a changed format is not taken for "no exports".
 */
export function parseShowmount(stdout: string): NfsExport[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '' && !/^Export list for .*:$/.test(line))
  return lines.map((line) => {
    const match = /^(?<path>\/.*?)\s+(?<clients>\S+)\s*$/.exec(line)
    if (match?.groups === undefined) {
      throw unreadableOutput('showmount', 'printed a line that is not an export')
    }
    return { path: match.groups.path ?? '', clients: (match.groups.clients ?? '').split(',') }
  })
}

/** Is `path` one of the exports, or a directory below one? */
export function isExported(path: string, exports: readonly NfsExport[]): boolean {
  return exports.some((entry) => entry.path === '/' || path === entry.path || path.startsWith(`${entry.path}/`))
}
