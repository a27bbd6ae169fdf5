/** Global options come before the command; `mount` stays in the foreground until it is unmounted. */
export function wolfdiskArguments(configFile: string, target: string): string[] {
  return ['--config', configFile, 'mount', '--mountpoint', target]
}

/** The form that older plans name: `wolfdiskctl mount SOURCE MOUNTPOINT`. It must stay in the foreground as well. */
export function wolfdiskctlArguments(source: string, target: string): string[] {
  return ['mount', source, target]
}
