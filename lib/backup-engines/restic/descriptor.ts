import type { BackupEngineDescriptor } from '@/lib/backup-engines/contract/descriptor'

export const restic: BackupEngineDescriptor = {
  id: 'restic',
  title: 'restic',
  places: ['directory', 's3'],
  hostCommands: ['restic'],
  wholeSince: '0.17.0',
  features: {
    stream: { since: '0.17.0', words: 'a backup of a volume or of a dump' },
    restore: { since: '0.17.0', words: 'a restore' },
    'lock wait': { since: '0.16.0', words: 'waiting for another backup' },
    'read concurrency': { since: '0.15.0', words: 'a limit of files that are read at a time' },
  },
}
