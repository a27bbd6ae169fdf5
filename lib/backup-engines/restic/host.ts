import type { BackupContext, BackupEngine, OpenRepository } from '@/lib/backup-engines/contract/engine'
import { placeWords } from '@/lib/backup-engines/restic/opened'
import {
  diff,
  find,
  identify,
  list,
  locks,
  previewRetention,
  snapshots,
  stats,
  unlock,
} from '@/lib/backup-engines/restic/reading'
import { run } from '@/lib/backup-engines/restic/run'
import { requireFeatures, versionOf } from '@/lib/backup-engines/restic/version'
import { backup, check, copy, forget, previewRestore, prune, restore } from '@/lib/backup-engines/restic/work'
import { ProblemError } from '@/lib/drivers/problems/problem'

export const resticEngine: BackupEngine = {
  version: versionOf,
  requireFeature: async (feature, context) => {
    await requireFeatures([feature], context)
  },
  init,
  identify,
  snapshots,
  list,
  find,
  diff,
  stats,
  previewRetention,
  previewRestore,
  locks,
  unlock,
  backup,
  restore,
  forget,
  prune,
  check,
  copy,
}

/** restic makes none over another one. */
async function init(repository: OpenRepository, context: BackupContext): Promise<string> {
  await run(repository, ['init', '--repository-version', '2'], context)
  const engineId = await identify(repository, context)
  if (engineId === null) throw new ProblemError('restic.no_repository', { place: placeWords(repository.place) })
  return engineId
}
