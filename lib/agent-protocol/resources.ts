import { z } from 'zod'
import { ObservedConnection, ObservedMount } from '@/lib/agent-protocol/messages'
import { ObservedPool, ObservedVolume } from '@/lib/agent-protocol/pools'
import { ObservedWorkload } from '@/lib/agent-protocol/workloads'

/** What a host tells of each kind of resource. Adding a kind adds a line. */
export const RESOURCES = {
  mount: z.array(ObservedMount),
  connection: z.array(ObservedConnection),
  pool: z.array(ObservedPool),
  volume: z.array(ObservedVolume),
  workload: z.array(ObservedWorkload),
} as const

/**
 * Lists by kind. One that is absent is of a kind that the host does not know, which says nothing about what is there. A kind that the
 * reader does not know passes, and is not looked at.
 */
export const Resources = z.object(RESOURCES).partial().catchall(z.array(z.unknown()))
export type Resources = z.infer<typeof Resources>

/** By kind: which state of its list a host has told. A kind that is absent has none. */
export const ListVersions = z.record(z.string(), z.string().regex(/^[\w.-]{1,80}$/))
export type ListVersions = z.infer<typeof ListVersions>

/** Header of the questions for everything: lists of which the asker has stored these versions may be left out of the answer. */
export const KNOWN_LISTS = 'holdfast-known-lists'

/** As the value of that header. */
export function writeKnownLists(versions: ListVersions): string {
  return Object.entries(versions)
    .map(([kind, version]) => `${kind}=${version}`)
    .join(',')
}

/** What cannot be read is not known. */
export function readKnownLists(header: string | string[] | undefined): ListVersions {
  if (typeof header !== 'string') return {}
  const pairs = header.split(',').map((pair) => pair.split('='))
  return ListVersions.safeParse(Object.fromEntries(pairs)).data ?? {}
}

/** By kind: ids of what the host does not list any more. */
export const GoneResources = z.record(z.string(), z.array(z.string()))
export type GoneResources = z.infer<typeof GoneResources>

/**
 * How far the commands have come that a host has carried out, with what it keeps because of them, all of one moment. A controller
 * sees by it when its database is behind its hosts, as after the restore of a backup.
 */
export const HostStanding = z.object({
  /** The highest fence of a command; 0 before the first one. */
  fence: z.int().nonnegative(),
  /** The highest generation by resource id, of removed ones too, since this host joined the fleet. */
  generations: z.record(z.string(), z.int().nonnegative()),
  resources: Resources,
})
export type HostStanding = z.infer<typeof HostStanding>
