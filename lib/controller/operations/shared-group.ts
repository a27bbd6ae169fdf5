import { isFromHost } from '@/lib/agent-client/client'
import type { OperationContext } from '@/lib/controller/operations/context'
import type { DesiredRow } from '@/lib/controller/resources/kind'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { storedEngine } from '@/lib/pools/engine'
import type { VolumeWorkPayload } from '@/lib/volumes/undo'

/** What a group that several hosts write to needs before work on a volume of it is sent. Throws what keeps the work from being sent. */
export async function prepareSharedGroup(payload: VolumeWorkPayload, context: OperationContext): Promise<void> {
  const pool = await context.prisma.pool.findUnique({ where: { id: payload.poolId }, select: POOL })
  if (pool === null || !(storedEngine(pool.backend, pool.settings)?.isLeased ?? false)) return
  await tellKeeper(payload, context)
  await lookElsewhere(
    pool.hosts.map(({ hostId }) => hostId),
    payload,
    context,
  )
}

/**
 * Before blocks of a shared group are given away: every other host that can be reached looks at the group once more, for what it told
 * before is up to half a minute old. What was made active there meanwhile is stored then. Of a host that is away counts what it told last.
 * Throws `busy` where one cannot say it.
 */
async function lookElsewhere(hostIds: readonly string[], payload: VolumeWorkPayload, context: OperationContext) {
  if (payload.work.do !== 'purge') return
  const others = hostIds.filter((id) => id !== payload.hostId && !context.isAway(id))
  const rows = await context.kinds.get('pool').desired.find(context.prisma, payload.poolId, others)
  await Promise.all(
    rows.map(async (row) => {
      const error = await open(row, context)
      if (error !== null && isFromHost(error))
        throw new HoldfastError('busy', `A host cannot say whether it has the volume open: ${error.message}`)
    }),
  )
}

/** A host that has just become the keeper may not have heard of it: it would refuse its first work. Throws why it could not be told. */
async function tellKeeper({ poolId, hostId }: VolumeWorkPayload, context: OperationContext): Promise<void> {
  const { desired } = context.kinds.get('pool')
  const [row] = await desired.find(context.prisma, poolId, [hostId])
  if (row === undefined || !desired.needsCommand(row, { now: new Date(), wasRestarted: false, isBack: true })) return
  const error = await open(row, context)
  if (error !== null) throw error
}

const POOL = {
  settings: true,
  backend: { select: { driver: true } },
  hosts: { where: { desired: 'open', host: { revokedAt: null } }, select: { hostId: true } },
} as const

/** Opening what is open already is a look, with the answer at hand. Returns why it could not be opened. */
async function open(
  row: DesiredRow,
  { kinds, commands, prisma, signal }: OperationContext,
): Promise<HoldfastError | null> {
  const options = { signal }
  const outcome = await commands.carryOut(kinds.get('pool'), { operationId: newId('operation'), row, options })
  signal.throwIfAborted()
  if (outcome.error !== undefined) return outcome.error
  await retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
  return null
}
