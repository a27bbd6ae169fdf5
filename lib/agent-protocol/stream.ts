import { z } from 'zod'
import { ObservedJob, TestStepMessage, WireError } from '@/lib/agent-protocol/messages'
import { GoneResources, ListVersions, Resources } from '@/lib/agent-protocol/resources'

/** Lines of an NDJSON answer, and of the event stream. A stream whose last line is neither result nor error was cut. */
export const StreamMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('log'), at: z.iso.datetime(), message: z.string() }),
  z.object({ type: z.literal('step'), at: z.iso.datetime(), step: TestStepMessage }),
  z.object({ type: z.literal('result'), result: z.unknown() }),
  z.object({ type: z.literal('error'), error: WireError }),
  /** The first one carries everything, but for lists that the listener knows; later ones what has changed and what is gone. */
  z.object({
    type: z.literal('resources'),
    at: z.iso.datetime(),
    resources: Resources,
    gone: GoneResources.optional(),
    /** Of the lists after these news. */
    versions: ListVersions.optional(),
    /** All that run or have just ended, whenever one has changed. */
    jobs: z.array(ObservedJob).optional(),
  }),
  z.object({ type: z.literal('heartbeat'), at: z.iso.datetime() }),
])
export type StreamMessage = z.infer<typeof StreamMessage>
