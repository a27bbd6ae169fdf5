import type { WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'

/** Global options come before the command; `mount` stays in the foreground until it is unmounted. */
export function wolfdiskArguments(configFile: string, target: string): string[] {
  return ['--config', configFile, 'mount', '--mountpoint', target]
}

/** The form that older plans name: `wolfdiskctl mount SOURCE MOUNTPOINT`. It must stay in the foreground as well. */
export function wolfdiskctlArguments(source: string, target: string): string[] {
  return ['mount', source, target]
}

/** WolfDisk takes no mount options, so the flags are set on the mount itself. */
export function hardenArguments(config: WolfdiskConfig, target: string, readOnly: boolean): string[] {
  const flags = ['remount', 'bind', readOnly || config.read_only ? 'ro' : 'rw']
  if (config.noexec) flags.push('noexec')
  return ['-c', '-o', [...flags, 'nosuid', 'nodev'].join(','), '--', target]
}
