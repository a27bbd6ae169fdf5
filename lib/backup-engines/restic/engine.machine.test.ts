import { resticEngine } from '@/lib/backup-engines/restic/host'
import { describeBackupEngine } from '@/testing/backup-engines/describe-backup-engine'

describeBackupEngine(resticEngine)
