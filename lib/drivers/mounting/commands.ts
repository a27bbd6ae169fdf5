import type {
  BindMountRequest,
  Command,
  KernelMountRequest,
  MountOption,
  MountRequest,
} from '@/lib/drivers/contract/mount-request'
import { optionWord } from '@/lib/drivers/options/mount-options'

/** All options that a request asks for. `nosuid,nodev` come last because the last one wins. */
export function askedOptions({ options, readOnly }: Pick<MountRequest, 'options' | 'readOnly'>): MountOption[] {
  return [...options, { name: readOnly ? 'ro' : 'rw' }, { name: 'nosuid' }, { name: 'nodev' }]
}

function optionText(request: Pick<MountRequest, 'options' | 'readOnly'>): string {
  return askedOptions(request).map(optionWord).join(',')
}

/**
 * Arguments of the `mount(8)` run that makes the mount. `-c` keeps mount from walking the paths of other mounts, which may hang. What
 * people typed stands only behind `--`.
 */
export function mountArguments(request: KernelMountRequest | BindMountRequest): string[] {
  const { source, target } = request
  if (request.kind === 'bind') return ['-c', '--bind', '--', source, target]
  return ['-c', '-t', request.fsType, '-o', optionText(request), '--', source, target]
}

/**
 * Arguments of the run that sets the options on a mount which is there: of a bind, and of what a daemon has mounted. `bind`: they are
 * those of this mount, and not of the file system in it.
 */
export function remountArguments(request: Pick<MountRequest, 'options' | 'readOnly' | 'target'>): string[] {
  return ['-c', '-o', `remount,bind,${optionText(request)}`, '--', request.target]
}

/** Does the request need `remountArguments` when the mount is there? */
export function isSetAfterwards(request: MountRequest): boolean {
  return request.kind === 'bind' || (request.kind === 'daemon' && request.setsOptions)
}

/** Name of the unit that keeps the daemon of a mount. */
export function daemonUnit(mountId: string): string {
  return `holdfast-${mountId}`
}

/** Everything that runs on a host to carry out a request, in order. */
export function mountCommands(request: MountRequest): Command[] {
  const first: Command =
    request.kind === 'daemon'
      ? { command: request.daemon.command, args: request.daemon.args }
      : { command: 'mount', args: mountArguments(request) }
  return isSetAfterwards(request) ? [first, { command: 'mount', args: remountArguments(request) }] : [first]
}

/**
 * One step of the unmount ladder: `-c` because plain umount looks at the path and hangs on a dead server, `-i` so that no helper talks
 * to it either.
 */
export function unmountArguments(target: string, how: 'plain' | 'force' | 'lazy' = 'plain'): string[] {
  const flags = { plain: [], force: ['-f'], lazy: ['-l'] }[how]
  return ['-c', '-i', ...flags, '--', target]
}

/** What takes a mount away again where nothing is in the way. */
export function unmountCommands(request: MountRequest): Command[] {
  const unmount: Command = { command: 'umount', args: unmountArguments(request.target) }
  if (request.kind !== 'daemon') return [unmount]
  return [unmount, { command: 'systemctl', args: stopArguments(request.daemon.unit) }]
}

/** Arguments of systemctl that end a unit and wait until it is gone. */
export function stopArguments(unit: string): string[] {
  return ['stop', '--', `${unit}.service`]
}
