import { isFromHost } from '@/lib/agent-client/client'
import type { OperationContext } from '@/lib/controller/operations/context'
import type { DesiredRow } from '@/lib/controller/resources/kind'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { storedEngine } from '@/lib/pools/engine'
import type { VolumeWorkPayload } from '@/lib/volumes/undo'

/**
 * Before blocks of a shared group are given away: every other host that can be reached looks at the group once more, for what it told
 * before is up to half a minute old. What was made active there meanwhile is stored then. Of a host that is away counts what it told last.
 * Throws `busy` where one cannot say it.
 */
export async function lookElsewhere({ poolId, hostId, work }: VolumeWorkPayload, context: OperationContext) {
  if (work.do !== 'purge') return
  const { prisma, kinds } = context
  const pool = await prisma.pool.findUnique({ where: { id: poolId }, select: POOL })
  if (pool === null || !(storedEngine(pool.backend, pool.settings)?.isLeased ?? false)) return
  const others = pool.hosts.map((row) => row.hostId).filter((id) => id !== hostId && !context.isAway(id))
  const rows = await kinds.get('pool').desired.find(prisma, poolId, others)
  await Promise.all(rows.map((row) => look(row, context)))
}

const POOL = {
  settings: true,
  backend: { select: { driver: true } },
  hosts: { where: { desired: 'open', host: { revokedAt: null } }, select: { hostId: true } },
} as const

/** Opening what is open already is a look, with the answer at hand. */
async function look(row: DesiredRow, { kinds, commands, prisma, signal }: OperationContext): Promise<void> {
  const options = { signal }
  const outcome = await commands.carryOut(kinds.get('pool'), { operationId: newId('operation'), row, options })
  signal.throwIfAborted()
  const { error } = outcome
  if (error === undefined) return retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
  if (isFromHost(error))
    throw new HoldfastError('busy', `A host cannot say whether it has the volume open: ${error.message}`)
}
