import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type WantedMount, wantedMounts } from '@/agent/boot/wanted-mounts'
import { Prober } from '@/agent/host/mounting/probe'
import { Journal } from '@/agent/journal/journal'
import { oursIn } from '@/agent/resources/workloads/ours'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import { toHoldfastError } from '@/lib/errors'
import { replaceFile } from '@/lib/replace-file'

/** In the runtime directory: which storages do not answer, as far as the agent has asked them, by the id of the mount. */
const FILE = 'storage-away.json'
/** A start waits for it. */
const PROBE_MS = 4_000
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'EIO'])
const Away = z.record(z.string(), z.string())

/** What a look at the mount itself does not show, such as a bucket that is gone: noted for the gate, which may ask no storage. */
export function noteAway(runDir: string, mounts: readonly ObservedMount[]): void {
  const away = mounts.flatMap(({ mountId, state, proven, error }) =>
    state === 'mounted' && proven === false && error !== null ? [[mountId, error.message] as const] : [],
  )
  const text = JSON.stringify(Object.fromEntries(away))
  if (readOr(join(runDir, FILE), '{}') !== text) replaceFile(join(runDir, FILE), text)
}

/**
 * Why a workload with this storage must not start now; null: nothing speaks against it. Works without the agent: from what the journal
 * wants, what the kernel has mounted, and whether that answers. `isAllOurs`: what is on no mount of ours is a fault too.
 */
export async function storageFault(
  storage: readonly FoundStorage[],
  {
    wanted,
    prober,
    runDir,
    isAllOurs,
  }: { wanted: readonly WantedMount[]; prober: Prober; runDir: string; isAllOurs?: boolean },
): Promise<string | null> {
  const here = wanted.map(({ target: { mountId, path } }) => ({ mountId, mountPoint: path }))
  const away = Away.safeParse(JSON.parse(readOr(join(runDir, FILE), '{}'))).data ?? {}
  for (const each of storage) {
    const { mountId, volumeId } = oursIn(each, here)
    const mount = wanted.find(({ target }) => target.mountId === mountId)
    const { source } = each
    if (mount !== undefined && source !== null) {
      const fault =
        mountFault(mount) ?? away[mount.target.mountId] ?? (await pathFault(prober, mount.target.path, source))
      if (fault !== null) return fault
    } else if (volumeId !== null && source?.startsWith('/') && !existsSync(source))
      return `${source}, the device of a volume, is not there.`
    else if (isAllOurs) return `${source} lies on no mount that this host has by Holdfast.`
  }
  return null
}

/** The same, for a hook: also where that cannot be found out. */
export async function whyHeld(
  { stateDir, runDir }: { stateDir: string; runDir: string },
  storage: () => readonly FoundStorage[],
  { isAllOurs = false } = {},
): Promise<string | null> {
  if (!existsSync(join(stateDir, 'journal.db')))
    return `There is no journal in ${stateDir}, so it is not known which storage it needs.`
  let journal: Journal | undefined
  try {
    journal = Journal.open(stateDir)
    return await storageFault(storage(), { wanted: wantedMounts(journal), prober: new Prober(), runDir, isAllOurs })
  } catch (error) {
    return `Its storage could not be looked at. ${toHoldfastError(error).message}`
  } finally {
    journal?.close()
  }
}

function mountFault({ target: { path }, truth }: WantedMount): string | null {
  if (truth === null)
    return `It is not known how the mount at ${path} should look: the agent of this host is too old for it.`
  if (truth.kind === 'absent')
    return `${path} is not mounted: what is written there would be on the disk of this host alone.`
  if (truth.kind === 'foreign') return `Something else is mounted at ${path}: ${truth.why}.`
  if (truth.kind === 'stacked') return `Several file systems are mounted over each other at ${path}.`
  return null
}

async function pathFault(prober: Prober, mountPoint: string, source: string): Promise<string | null> {
  const limits = { deadlineMs: PROBE_MS }
  const answer = await prober.statfs(mountPoint, limits)
  if (answer.state === 'hung') return `The storage at ${mountPoint} does not answer.`
  if (answer.state === 'failed') return `The storage at ${mountPoint} fails (${answer.errno}).`
  const { errno } = await prober.stat(source, limits)
  if (errno === 'ETIMEDOUT') return `The storage at ${mountPoint} does not answer.`
  // A server may show root nothing of what is another's: that is no sign of anything missing.
  return errno !== undefined && MISSING.has(errno) ? `${source} is not there (${errno}).` : null
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}
