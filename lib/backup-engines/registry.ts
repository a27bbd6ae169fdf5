import type { BackupEngineDescriptor } from '@/lib/backup-engines/contract/descriptor'
import { restic } from '@/lib/backup-engines/restic/descriptor'

/** What makes backups. A new one is a folder and a line here (and its host half in `agent/backup-engines.ts`). */
export const BACKUP_ENGINES = { restic } as const satisfies Record<string, BackupEngineDescriptor>
export type BackupEngineId = keyof typeof BACKUP_ENGINES
