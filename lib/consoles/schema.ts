import { z } from 'zod'
import { MachineUuid } from '@/lib/agent-protocol/tunnels'
import { PageQuery, Timestamp } from '@/lib/http/envelope'

/** Where a WebSocket to a screen is opened. */
export const CONNECT_PATH = '/api/v1/consoles/connect'
/** The subprotocol of that WebSocket: the bytes of RFB. The ticket is offered as a second one, so that it stands in no address. */
export const SCREEN_PROTOCOL = 'holdfast-screen'

/** While it is open it is written so often that it is; one of which nothing was written for longer was lost with its process. */
export const SEEN_EVERY_MS = 10_000
export const LOST_AFTER_MS = 60_000

export const OpenConsole = z.strictObject({
  host_id: z.string().max(64),
  /** UUID of the machine in libvirt on that host. */
  machine: MachineUuid,
  /** Nothing that is typed or clicked reaches the machine, whatever the viewer sends. */
  view_only: z.boolean().default(false),
})
export type OpenConsole = z.infer<typeof OpenConsole>

/**
 * `viewer`: whoever looked has left. `machine`: the machine was stopped, or its host went away. `asked`: somebody has ended it.
 * `revoked`: whoever looked may not any more. `refused`: it did not open. `restarted`: Holdfast itself was stopped. `lost`: nobody knows.
 */
export const ConsoleEnd = z.enum(['viewer', 'machine', 'asked', 'revoked', 'refused', 'restarted', 'lost'])
export type ConsoleEnd = z.infer<typeof ConsoleEnd>

export const ConsoleTicketView = z.object({
  id: z.string(),
  /** Good for one connection, for as long as `expires_at` says, to whoever has asked for it. */
  ticket: z.string(),
  /** Of the WebSocket, at the address of this API. */
  path: z.string(),
  /** What the WebSocket offers as subprotocols. */
  protocols: z.array(z.string()),
  expires_at: Timestamp,
})
export type ConsoleTicketView = z.infer<typeof ConsoleTicketView>

export const ConsoleView = z.object({
  id: z.string(),
  host_id: z.string(),
  host_name: z.string(),
  machine: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  /** It is of whoever asks. */
  is_own: z.boolean(),
  is_view_only: z.boolean(),
  opened_at: Timestamp,
  /** Null: it is open. */
  ended_at: Timestamp.nullable(),
  end_reason: ConsoleEnd.nullable(),
})
export type ConsoleView = z.infer<typeof ConsoleView>

export const ListConsoles = PageQuery.omit({ cursor: true }).extend({
  host_id: z.string().max(64).optional(),
  machine: MachineUuid.optional(),
  /** `open`: those that somebody looks at now. */
  state: z.enum(['open', 'ended', 'all']).default('open'),
})
export type ListConsoles = z.infer<typeof ListConsoles>
