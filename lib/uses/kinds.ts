// Without zod: the picture is drawn by pages that check nothing.

/** What uses others and is used, in the order from the storage up to what runs. */
export const USE_KINDS = ['backend', 'mount', 'pool', 'volume', 'workload'] as const
export type UseKind = (typeof USE_KINDS)[number]

/** What can be asked about: also a host of the fleet, and a server, which is no more than a name or address that backends have. */
export const ASKED_KINDS = ['server', 'host', ...USE_KINDS] as const
export type AskedKind = (typeof ASKED_KINDS)[number]
