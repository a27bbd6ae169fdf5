import { z } from 'zod'
import { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import { VOLUME_NAME } from '@/lib/volume-engines/image-files/layout'

/** Unknown keys are of later versions. */
const PoolMark = z.object({ pool: z.string().min(1).max(100), version: z.literal(1) })

const VolumeMark = z.object({
  volume: z.string().regex(VOLUME_NAME),
  pool: z.string().min(1).max(100),
  format: VolumeFormat,
  provisioning: Provisioning,
  createdAt: z.iso.datetime(),
  /** Of the operation that has made it. */
  made: z.string().max(100),
})
export type VolumeMark = z.infer<typeof VolumeMark>

function parsed<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** Which pool a mark is of; null: it cannot be read. */
export function poolOfMark(text: string): string | null {
  return parsed(text, PoolMark)?.pool ?? null
}

export function poolMark(poolId: string): string {
  return `${JSON.stringify({ pool: poolId, version: 1 } satisfies z.infer<typeof PoolMark>)}\n`
}

/** null: it cannot be read, or it is of another volume or pool. */
export function parseVolumeMark(text: string | null, volumeId: string, poolId: string): VolumeMark | null {
  const mark = text === null ? null : parsed(text, VolumeMark)
  return mark?.volume === volumeId && mark.pool === poolId ? mark : null
}

export function volumeMark(mark: VolumeMark): string {
  return `${JSON.stringify(mark)}\n`
}
