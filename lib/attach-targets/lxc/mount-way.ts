import type { MountPlanMessage } from '@/lib/agent-protocol/workload-mounts'
import { type FoundMount, insideTaken, type PlacedMount } from '@/lib/attach-targets/contract/mounts'
import type { FoundStorage, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import type { IdMap } from '@/lib/attach-targets/lxc/ids'
import { HoldfastError } from '@/lib/errors'

type Log = (message: string) => void

/** How mounts are given: plain LXC and Proxmox do it differently. A change tells whether a container that runs sees it now. */
export interface MountWay {
  planAttach(host: TargetHost, found: FoundWorkload, mount: FoundMount): Promise<MountPlanMessage>
  planDetach(host: TargetHost, found: FoundWorkload, mount: PlacedMount): Promise<MountPlanMessage>
  attach(host: TargetHost, found: FoundWorkload, mount: FoundMount, log: Log): Promise<boolean>
  detach(host: TargetHost, found: FoundWorkload, mount: PlacedMount, log: Log): Promise<boolean>
}

export function requireFree({ storage }: FoundWorkload, inside: string): void {
  const there = placedAt(storage, inside)
  if (there === undefined) return
  const what = there.source ?? there.name ?? 'something'
  throw insideTaken(inside, `It has ${what} there already, which was not given to it in this way.`)
}

/** Gone already: nothing to do. */
export function requireNotByHand({ storage }: FoundWorkload, inside: string): void {
  if (placedAt(storage, inside) === undefined) return
  throw new HoldfastError(
    'conflict',
    `What the container has at ${inside} was written into its configuration by hand: take it out there.`,
  )
}

function placedAt(storage: readonly FoundStorage[], inside: string): FoundStorage | undefined {
  return storage.find(({ target }) => target === inside)
}

/** What the plans of all changes have in common. */
export function planFor({
  state,
}: FoundWorkload): Pick<MountPlanMessage, 'isRunning' | 'effect' | 'losses' | 'refusal'> {
  return { isRunning: state !== 'stopped', effect: 'next-start', losses: [], refusal: null }
}

/** Whose rights are tried before anything is saved. */
export function proofNote(map: IdMap | null, { readOnly }: FoundMount, isMappable: boolean): string {
  const what = readOnly ? 'reads' : 'reads and writes'
  if (map === null) return `Before anything is saved, a container with nothing in it but a shell ${what} there as root.`
  const how = isMappable
    ? ': with owners mapped to the container (idmap=container), and where that is not possible with owners as they are'
    : ''
  return `Its root is user ${map.uid} of the host. Before anything is saved, a container with the same ids and nothing in it but a shell ${what} there${how}.`
}
