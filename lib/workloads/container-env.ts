import { type Destination, differingKeys } from '@/lib/drivers/descriptor-destination'

export interface EnvironmentOf {
  hostId: string
  target: string
  name: string
  image: string
}

/** Where the environment of a new container goes: to this program on this host, and to no other. */
export function environmentDestination({ hostId, target, name, image }: EnvironmentOf): Destination {
  return { type: 'container', host: hostId, target, name, image }
}

/** What is different, in words; undefined: nothing is. */
export function environmentChange(before: Destination, after: Destination): string | undefined {
  const changes = differingKeys(before, after).map((key) => `${key} changed from ${before[key]} to ${after[key]}`)
  return changes.length === 0 ? undefined : changes.join(', and ')
}
