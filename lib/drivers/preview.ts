import type { MountRequest } from '@/lib/drivers/contract/driver-host'

function optionText(request: MountRequest): string {
  return [...request.options, request.readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'].join(',')
}

/**
 * Arguments of the `mount(8)` runs for a request, as the agent makes them: a bind mount takes its flags in a second run. `-c`
 * keeps mount from walking the paths of other mounts, which may hang. What people typed stands only behind `--`; `nosuid,nodev`
 * come last because the last one wins.
 */
export function mountArguments(request: MountRequest): string[][] {
  const { fsType, source, target } = request
  if (!request.options.includes('bind')) return [['-c', '-t', fsType, '-o', optionText(request), '--', source, target]]
  return [
    ['-c', '--bind', '--', source, target],
    ['-c', '-o', `remount,${optionText(request)}`, '--', target],
  ]
}

/** The same as command lines for people. */
export function mountCommands(request: MountRequest): string[] {
  return mountArguments(request).map((args) => commandLine('mount', args))
}

/**
 * The first step of the unmount ladder, as the agent takes it: `-c` because plain umount looks at the path and hangs on a dead
 * server, `-i` so that no helper talks to it either.
 */
export function unmountCommand(target: string): string {
  return commandLine('umount', ['-c', '-i', '--', target])
}

/** What an administrator's "abandon" comes to when the path cannot be freed otherwise. */
export function lazyUnmountCommand(target: string): string {
  return commandLine('umount', ['-c', '-i', '-l', '--', target])
}

/** One command as a person would type it, quoted only where a shell needs it. */
export function commandLine(command: string, args: readonly string[]): string {
  return [command, ...args].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./[\]…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
