import { z } from 'zod'
import type { PlacedPool } from '@/agent/resources/pools/pool-doors'
import type { ContentSource } from '@/lib/agent-protocol/pools'
import type { EngineContext, EngineTurn, ImageSource, OutsideImage } from '@/lib/volume-engines/contract/engine'

const USUAL_STEP = 'work.source'

/** What can be noted of a source: nothing that is secret. */
const SourceFacts = z.object({
  format: z.string(),
  location: z.string(),
  sizeBytes: z.number(),
  confined: z.object({ readable: z.array(z.string()), writable: z.array(z.string()).optional() }).optional(),
})

export interface ContentParts {
  content: Exclude<ContentSource, { from: 'backend' }> & Pick<OutsideImage, 'as'>
  /** Where it is read. */
  from: PlacedPool
  turn: EngineTurn
  /** Names of the steps that an agent before this one has done. */
  done: ReadonlySet<string>
  /** Of its steps, where one job opens more than one. */
  step?: string
  /** Checks of the source, before it is opened for the first time. */
  check(): Promise<void>
}

/**
 * Hands an opened source to `work`, and closes it after it. Opening it is a step, so that what it took (an activated volume) is let go
 * of whatever happens; after a restart it is opened once more, since what is secret of it is in no journal.
 */
export async function withContent(parts: ContentParts, work: (content: ImageSource) => Promise<void>): Promise<void> {
  const { content, from, turn, done, check, step = USUAL_STEP } = parts
  const closed = `${step}-closed`
  const what =
    content.from === 'volume'
      ? { volumeId: content.volumeId, snapshotId: content.snapshotId }
      : { foreign: content.name, ...(content.as === undefined ? {} : { as: content.as }) }
  let live: ImageSource | null = null
  const open = async () => {
    live ??= await from.engine.source(from.open, what, turn)
    return live
  }
  const close = async () => {
    await live?.done?.(turn)
  }
  const noted = SourceFacts.parse(
    await turn.step(
      step,
      async () => {
        await check()
        return SourceFacts.parse(await open())
      },
      async () => {
        await openAgain(open, turn)
        await close()
      },
    ),
  )
  const isClosed = done.has(closed)
  // Where it cannot be opened again, the steps that would read it fail, and what was made is taken back.
  if (!isClosed) await openAgain(open, turn)
  await work(live ?? fromNote(noted))
  await turn.step(closed, close)
}

function fromNote({ confined, ...facts }: z.infer<typeof SourceFacts>): ImageSource {
  if (confined === undefined) return facts
  const { readable, writable } = confined
  return { ...facts, confined: writable === undefined ? { readable } : { readable, writable } }
}

async function openAgain(open: () => Promise<ImageSource>, { log }: EngineContext): Promise<void> {
  await open().catch((error: unknown) => log(`The source cannot be opened again: ${wordsOf(error)}`))
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason was given.'
}
