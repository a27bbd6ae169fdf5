import { z } from 'zod'
import { ClipboardChannel } from '@/lib/agent-protocol/machine-consoles'
import { MachineUuid } from '@/lib/agent-protocol/tunnels'
import { PageQuery, Timestamp } from '@/lib/http/envelope'

/** Where a WebSocket to a screen is opened. */
export const CONNECT_PATH = '/api/v1/consoles/connect'
/** `screen`: RFB. `serial`: the bytes of the serial port. */
export const ConsoleKind = z.enum(['screen', 'serial'])
export type ConsoleKind = z.infer<typeof ConsoleKind>
/** The subprotocol of that WebSocket. The ticket is offered as a second one, so that it stands in no address. */
export const CONSOLE_PROTOCOLS = {
  screen: 'holdfast-screen',
  serial: 'holdfast-serial',
} as const satisfies Record<ConsoleKind, string>

/** While it is open it is written so often that it is; one of which nothing was written for longer was lost with its process. */
export const SEEN_EVERY_MS = 10_000
export const LOST_AFTER_MS = 60_000

export const OpenConsole = z.strictObject({
  host_id: z.string().max(64),
  /** UUID of the machine in libvirt on that host. */
  machine: MachineUuid,
  kind: ConsoleKind.default('screen'),
  /** Nothing that is typed or clicked reaches the machine, whatever the viewer sends. */
  view_only: z.boolean().default(false),
})
export type OpenConsole = z.infer<typeof OpenConsole>

export const NameMachine = OpenConsole.pick({ host_id: true, machine: true })
export type NameMachine = z.infer<typeof NameMachine>

/** What libvirt has written down of the serial port of a machine. */
export const SerialLogView = z.object({
  /** Whether libvirt keeps one for this machine. */
  is_kept: z.boolean(),
  /** Of all of it. */
  bytes: z.int().nonnegative(),
  /** Its end, 1 MiB at most, in base64. */
  text: z.string(),
})
export type SerialLogView = z.infer<typeof SerialLogView>

/**
 * `viewer`: whoever looked has left. `machine`: the machine was stopped, or its host went away. `asked`: somebody has ended it.
 * `revoked`: whoever looked may not any more. `refused`: it did not open. `restarted`: Holdfast itself was stopped. `changed`:
 * which way the clipboard may go was changed. `lost`: nobody knows.
 */
export const ConsoleEnd = z.enum(['viewer', 'machine', 'asked', 'revoked', 'refused', 'restarted', 'changed', 'lost'])
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
  kind: ConsoleKind,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  /** It is of whoever asks. */
  is_own: z.boolean(),
  is_view_only: z.boolean(),
  /** What is typed here reaches the machine. One person at a time types on a screen, through each of their own; others watch. */
  types: z.boolean(),
  /** Whoever watches here has asked to type, and until then it is not answered. */
  asks_until: Timestamp.nullable(),
  opened_at: Timestamp,
  /** Null: it is open. */
  ended_at: Timestamp.nullable(),
  end_reason: ConsoleEnd.nullable(),
})
export type ConsoleView = z.infer<typeof ConsoleView>

/**
 * `ask`: whoever types is asked for the keyboard; without an answer within a minute it is no, and when they leave it is yes. `yes`, `no`:
 * the answer to the console `to`. `take`: at once, without asking, which administrators may.
 */
export const ChangeControl = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('ask') }),
  z.strictObject({ say: z.literal('yes'), to: z.string().max(64) }),
  z.strictObject({ say: z.literal('no'), to: z.string().max(64) }),
  z.strictObject({ say: z.literal('take') }),
])
export type ChangeControl = z.infer<typeof ChangeControl>

export const ControlView = z.object({
  /** Whether what is typed at this console reaches the machine from now on, or within two seconds. */
  types: z.boolean(),
})
export type ControlView = z.infer<typeof ControlView>

/** Which way the clipboard of a machine may go. What a role does not allow stays forbidden. */
export const ConsoleSettings = z.object({
  /** What was copied in the machine, to who may take it out. */
  clipboard_to_person: z.boolean(),
  /** A text of who may type, into the clipboard of the machine. */
  clipboard_to_machine: z.boolean(),
})
export type ConsoleSettings = z.infer<typeof ConsoleSettings>

export const ChangeConsoleSettings = z
  .strictObject(ConsoleSettings.partial().shape)
  .refine((change) => Object.keys(change).length > 0, 'Say what is to be changed.')
export type ChangeConsoleSettings = z.infer<typeof ChangeConsoleSettings>

/** What a machine has for its clipboard, and what it lacks. */
export const ClipboardView = z.object({
  is_running: z.boolean(),
  channel: ClipboardChannel,
  /** Whether the agent in the guest has opened the channel; null: the channel is not there now. */
  is_agent_running: z.boolean().nullable(),
  /** That the guest needs. */
  package: z.string(),
  /** What would be added. */
  channel_xml: z.string(),
  /** What the host would run; null: there is nothing to add. */
  command: z.string().nullable(),
})
export type ClipboardView = z.infer<typeof ClipboardView>

export const ListConsoles = PageQuery.omit({ cursor: true }).extend({
  host_id: z.string().max(64).optional(),
  machine: MachineUuid.optional(),
  /** `open`: those that somebody looks at now. */
  state: z.enum(['open', 'ended', 'all']).default('open'),
})
export type ListConsoles = z.infer<typeof ListConsoles>
