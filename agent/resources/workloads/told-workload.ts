import { createHash } from 'node:crypto'
import { type MountHere, oursIn } from '@/agent/resources/workloads/ours'
import type { ObservedWorkload, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import type { FoundStorage, FoundWorkload } from '@/lib/attach-targets/contract/target'
import { derivedId } from '@/lib/ids'

/** More storage than this is told of as a number. */
const STORAGES = 100
const NAME = 255
const PATH = 4096

/** What moves the cursor, hides, or turns round what is read: names come from whoever made the workload. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
const UNREADABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** As it is told: readable, and no longer than it has to be. */
function told(text: string, most: number): string {
  // What is cut off may leave half a sign.
  return text.slice(0, most).toWellFormed().replace(UNREADABLE, '\ufffd')
}

/** The same on each look and after each restart, also when the agent has forgotten everything. */
export function workloadId(hostId: string, target: string, nativeId: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([hostId, target, nativeId]))
    .digest()
  return derivedId('workload', digest)
}

export function toldWorkload(
  found: FoundWorkload,
  of: { hostId: string; target: string },
  mounts: readonly MountHere[],
  held: string | null = null,
): ObservedWorkload {
  return {
    workloadId: workloadId(of.hostId, of.target, found.nativeId),
    target: of.target,
    nativeId: told(found.nativeId, NAME),
    name: told(found.name, NAME) || told(found.nativeId, NAME),
    state: found.state,
    image: found.image === null ? null : told(found.image, NAME),
    storage: found.storage.slice(0, STORAGES).map((storage) => toldStorage(storage, mounts)),
    storageCount: found.storage.length,
    problem: null,
    // One that was started meanwhile is held by nothing.
    ...(held === null || found.state !== 'stopped' ? {} : { held: told(held, PATH) }),
  }
}

function toldStorage(storage: FoundStorage, mounts: readonly MountHere[]): WorkloadStorage {
  return {
    kind: storage.kind,
    source: storage.source === null ? null : told(storage.source, PATH),
    name: storage.name === null ? null : told(storage.name, NAME),
    target: told(storage.target, PATH),
    readOnly: storage.isReadOnly,
    ...oursIn(storage, mounts),
  }
}
