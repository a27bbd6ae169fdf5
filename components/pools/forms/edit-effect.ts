import type { PoolView } from '@/lib/pools/schema'

/** What a change of a pool does on hosts, by their names. */
export interface EditEffect {
  opens: string[]
  closes: string[]
  /** They have it open already, and take other settings over. */
  reopens: string[]
}

/** `wanted`: the hosts that are to have it. `isSet`: it gets other settings. */
export function effectOf(
  { hosts }: Pick<PoolView, 'hosts'>,
  wanted: readonly { id: string; name: string }[],
  isSet: boolean,
): EditEffect {
  const present = hosts.filter(({ phase }) => phase !== 'CLOSING')
  const isPresent = (id: string) => present.some(({ host_id }) => host_id === id)
  const isWanted = (id: string) => wanted.some((host) => host.id === id)
  return {
    opens: wanted.filter(({ id }) => !isPresent(id)).map(({ name }) => name),
    closes: present.filter(({ host_id }) => !isWanted(host_id)).map(({ host_name }) => host_name),
    reopens: isSet ? wanted.filter(({ id }) => isPresent(id)).map(({ name }) => name) : [],
  }
}

/** Does no host have anything to do? */
export function isQuiet({ opens, closes, reopens }: EditEffect): boolean {
  return opens.length + closes.length + reopens.length === 0
}
