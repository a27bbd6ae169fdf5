import type { MountRequest } from '@/lib/drivers/contract'

/**
 * Arguments of `mount(8)` for a request. The agent runs exactly these and the console shows exactly these.
 * `--no-canonicalize` keeps mount from walking paths of other mounts that may hang. User text stands only behind `--`;
 * `nosuid,nodev` come last because the last one wins.
 */
export function mountArguments(request: MountRequest): string[] {
  const options = [...request.options, request.readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'].join(',')
  const kind = request.fsType === 'none' ? ['--bind'] : ['-t', request.fsType]
  return ['--no-canonicalize', ...kind, '-o', options, '--', request.source, request.target]
}

/** One command as a person would type it, quoted only where a shell needs it. */
export function commandLine(command: string, args: readonly string[]): string {
  return [command, ...args].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./[\]…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
