import type { DaemonMountRequest, Mounting, MountTarget } from '@/lib/drivers/contract/mount-request'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import type { WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'

/** Global options come before the command; `mount` stays in the foreground until it is unmounted. */
function wolfdiskArguments(configFile: string, target: string): string[] {
  return ['--config', configFile, 'mount', '--mountpoint', target]
}

/** The form that older plans name: `wolfdiskctl mount SOURCE MOUNTPOINT`. It must stay in the foreground as well. */
function wolfdiskctlArguments(source: string, target: string): string[] {
  return ['mount', source, target]
}

/** What only the host knows about one of its mounts. */
export interface WolfdiskOnHost {
  program: 'wolfdisk' | 'wolfdiskctl'
  /** Of the file that is written for this mount. */
  configFile: string
}

const SHOWN: WolfdiskOnHost = { program: 'wolfdisk', configFile: '…/config.toml' }

/** Without what the host knows, the request is the one for people. */
export function wolfdiskMountRequest(
  config: WolfdiskConfig,
  { mountId, path, readOnly }: MountTarget,
  { program, configFile }: WolfdiskOnHost = SHOWN,
): DaemonMountRequest {
  const args =
    program === 'wolfdisk'
      ? wolfdiskArguments(config.config_file ?? configFile, path)
      : wolfdiskctlArguments(config.config_file ?? config.data_dir, path)
  const older = wolfdiskctlArguments(config.config_file ?? config.data_dir, path).join(' ')
  return {
    kind: 'daemon',
    source: null,
    target: path,
    options: mountOptions({ noexec: config.noexec }),
    readOnly: readOnly || config.read_only,
    daemon: { unit: daemonUnit(mountId), command: program, args },
    // It takes no option at all, and does not say which ones its mounts have.
    setsOptions: true,
    notes: [`On a host that has only wolfdiskctl, that is: wolfdiskctl ${older}`],
  }
}

export const wolfdiskMounting: Mounting<WolfdiskConfig, DaemonMountRequest> = {
  // WolfDisk mounts as plain `fuse`, with or without a subtype.
  fsTypes: ['fuse.wolfdisk', 'fuse'],
  options: { negotiated: ['max_read'] },
  request: (config, target) => wolfdiskMountRequest(config, target),
}
