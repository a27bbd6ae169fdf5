import type { AgentClient } from '@/lib/agent-client/client'
import { writeMeasuring } from '@/lib/agent-protocol/measuring'
import type { PrismaClient } from '@/lib/db/client'
import { findMeasuring } from '@/lib/monitoring/sampling/repository'

/** How long a change of the setting may take until agents are told of it with the next question of the sweep. */
export const MEASURING_MS = 30_000

/** From now on the question that hosts are asked anyway says how often they are to measure. */
export async function tellMeasuring(prisma: PrismaClient, client: Pick<AgentClient, 'tellMeasuring'>): Promise<void> {
  client.tellMeasuring(writeMeasuring(await findMeasuring(prisma)))
}
