import type { BackupFeature } from '@/lib/backup-engines/contract/descriptor'
import type { BackupContext } from '@/lib/backup-engines/contract/engine'
import { restic } from '@/lib/backup-engines/restic/descriptor'
import { ProblemError, toProblem, unreadableOutput } from '@/lib/drivers/problems/problem'

/** `restic 0.18.0 compiled with go1.24.4 on linux/amd64`; throws `output.unreadable`. */
export function parseVersion(output: string): string {
  const version = /^restic (\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (version === undefined) throw unreadableOutput('restic', 'printed a version that is none')
  return version
}

export function isAtLeast(version: string, needed: string): boolean {
  const [of, than] = [version, needed].map((text) => text.split('.').map(Number))
  for (const at of [0, 1, 2]) {
    const difference = (of?.[at] ?? 0) - (than?.[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

export async function versionOf({ host }: BackupContext): Promise<string> {
  try {
    return parseVersion((await host.run('restic', ['version'], { timeoutMs: 10_000 })).stdout)
  } catch (error) {
    throw toProblem(error, {})
  }
}

/** Gives the version. Throws `restic.too_old`. */
export async function requireFeatures(features: readonly BackupFeature[], context: BackupContext): Promise<string> {
  const found = await versionOf(context)
  for (const feature of features) {
    const { since, words } = restic.features[feature]
    if (!isAtLeast(found, since)) throw new ProblemError('restic.too_old', { found, what: words, needed: since })
  }
  return found
}
