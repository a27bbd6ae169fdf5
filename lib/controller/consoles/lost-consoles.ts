import { release } from '@/lib/consoles/control-repository'
import { LOST_AFTER_MS } from '@/lib/consoles/schema'
import type { Db, PrismaClient } from '@/lib/db/client'

const AT_ONCE = 200

export interface ClosedRecord {
  action: 'console.closed'
  target: { kind: string; id: string; name: string }
  change: Record<string, unknown>
}

/**
 * Ends what a web process had open that has gone without a word: in the audit it lasted until it was written of last. Returns how many
 * there were.
 */
export async function endLostConsoles(
  prisma: PrismaClient,
  audit: (tx: Db, record: ClosedRecord) => Promise<void>,
  now: Date,
): Promise<number> {
  const seenAt = { lt: new Date(now.getTime() - LOST_AFTER_MS) }
  const rows = await prisma.console.findMany({
    where: { openedAt: { not: null }, endedAt: null, seenAt },
    include: { host: { select: { name: true } } },
    take: AT_ONCE,
  })
  let ended = 0
  for (const { id, hostId, machine, actorId, actorName, openedAt, seenAt: lastSeenAt, host } of rows) {
    if (openedAt === null || lastSeenAt === null) continue
    const seconds = Math.round((lastSeenAt.getTime() - openedAt.getTime()) / 1000)
    await prisma.$transaction(async (tx) => {
      const { count } = await tx.console.updateMany({
        where: { id, endedAt: null, seenAt },
        data: { endedAt: lastSeenAt, endReason: 'lost' },
      })
      if (count === 0) return
      ended++
      await release(tx, { id, hostId, machine, actorId, actorName }, now)
      const change = { console: id, host: host.name, of: actorName, reason: 'lost', seconds }
      await audit(tx, { action: 'console.closed', target: { kind: 'machine', id: machine, name: machine }, change })
    })
  }
  return ended
}
