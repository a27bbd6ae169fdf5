import { problems as restic } from '@/lib/backup-engines/restic/problems'

/** What the engines of backups declare. */
export const BACKUP_PROBLEMS = { ...restic } as const
