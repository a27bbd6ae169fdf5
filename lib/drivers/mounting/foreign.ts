import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { tellSource } from '@/lib/drivers/options/hide-secrets'
import { ProblemError } from '@/lib/drivers/problems/problem'

/** What is mounted at a place of ours, and is not what we would mount there. */
export function foreignMount({ target, source, fsType }: MountEntry): ProblemError {
  return new ProblemError('mount.foreign', { path: target, found: `${tellSource(source, fsType)} (${fsType})` })
}
