import { hash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { BeginUpload, FinishUpload, ListFiles, NamedUpload, ReadFile, WriteUpload } from '@/lib/agent-protocol/files'
import { OpenScreen, OpenSerial, TUNNEL_VERBS, type TunnelVerb } from '@/lib/agent-protocol/tunnels'
import { VERBS } from '@/lib/agent-protocol/verbs'

/** The one thing that a ticket is for: one verb of the agent, with all that is asked. Other kinds of bytes come as further verbs. */
export const RelayWork = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('listFiles'), request: ListFiles }),
  z.strictObject({ verb: z.literal('readFile'), request: ReadFile }),
  z.strictObject({ verb: z.literal('beginUpload'), request: BeginUpload }),
  z.strictObject({ verb: z.literal('lookAtUpload'), request: NamedUpload }),
  z.strictObject({ verb: z.literal('writeUpload'), request: WriteUpload }),
  z.strictObject({ verb: z.literal('finishUpload'), request: FinishUpload }),
  z.strictObject({ verb: z.literal('dropUpload'), request: NamedUpload }),
  z.strictObject({ verb: z.literal('planMount'), request: VERBS.planMount.request }),
  z.strictObject({ verb: z.literal('planContainer'), request: VERBS.planContainer.request }),
  z.strictObject({ verb: z.literal('machineOffers'), request: VERBS.machineOffers.request }),
  z.strictObject({ verb: z.literal('planMachine'), request: VERBS.planMachine.request }),
  z.strictObject({
    verb: z.literal('openScreen'),
    request: OpenScreen,
    /** What it is called in the audit. */
    console: z.string().max(64),
    /** Whether more than looking is handed on. */
    types: z.boolean(),
    /** Whether the clipboard of the machine may be asked for. */
    copies: z.boolean(),
    /** Whether a text may be put into it. A web process of the version before does not say so, nor know whom that was forbidden. */
    pastes: z.boolean().default(false),
  }),
  z.strictObject({
    verb: z.literal('openSerial'),
    request: OpenSerial,
    /** Whether what is typed is handed on. */
    types: z.boolean(),
  }),
  z.strictObject({ verb: z.literal('readSerialLog'), request: OpenSerial }),
  z.strictObject({ verb: z.literal('readClipboard'), request: VERBS.readClipboard.request }),
])
export type RelayWork = z.infer<typeof RelayWork>
/** Work that makes a tunnel of its connection; the others are a request with an answer. */
export type TunnelWork = Extract<RelayWork, { verb: TunnelVerb }>

export function isTunnelWork(work: RelayWork): work is TunnelWork {
  return Object.hasOwn(TUNNEL_VERBS, work.verb)
}

/** The only path of a relay. */
export const RELAY_PATH = '/v1/relay'
/** From the moment that a ticket is written until nobody can use it any more. */
export const TICKET_MS = 30_000

/** 256 random bits; what is stored of it is `ticketId`. */
export function newTicket(): string {
  return randomBytes(32).toString('base64url')
}

export function ticketId(ticket: string): string {
  return hash('sha256', ticket)
}
