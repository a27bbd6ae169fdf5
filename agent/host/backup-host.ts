import type { Runner } from '@/agent/host/exec/run'
import type { BackupHost } from '@/lib/backup-engines/contract/engine'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'

/** The door of one operation, as the engines of backups get it. */
export function backupHost({ host, runner }: { host: Pick<DriverHost, 'secretFile'>; runner: Runner }): BackupHost {
  return {
    secretFile: (content) => host.secretFile(content),
    run: (command, args, options) => runner.run(command, args, options),
  }
}
