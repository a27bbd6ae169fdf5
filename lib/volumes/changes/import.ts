import type { ContentSource } from '@/lib/agent-protocol/pools'
import * as backends from '@/lib/backends/repository'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import type { PoolRecord } from '@/lib/pools/repository'
import { largestNew } from '@/lib/volumes/changes/room'
import type { BackendSource, VolumeOrigin } from '@/lib/volumes/schema'

/** What a host is told of a file that it is to fetch. Throws `invalid_input` that names the field. */
export async function importContent(
  tx: Db,
  pool: PoolRecord,
  { backend_id: backendId, path, checksum }: BackendSource,
): Promise<{ content: ContentSource; origin: VolumeOrigin }> {
  const backend = await backends.findById(backendId, tx)
  if (!backend) throw badField('source.backend_id', 'There is no such backend.')
  const { name, driver } = backend
  if (!isDriverId(driver) || !driverById(driver).capabilities.includes('download'))
    throw badField(
      'source.backend_id',
      `Files cannot be fetched from backend '${name}'; a web server (HTTP) can be used.`,
    )
  const origin: VolumeOrigin = {
    from: 'backend',
    mode: 'import',
    name: `${path} of ${name}`,
    volume_id: null,
    snapshot_id: null,
  }
  const mostBytes = await largestNew(tx, pool)
  return { content: { from: 'backend', backendId, path, checksum: checksumIn(checksum), mostBytes }, origin }
}

function checksumIn(text: string | undefined): Extract<ContentSource, { from: 'backend' }>['checksum'] {
  if (text === undefined) return null
  const [algorithm, digest = ''] = text.split(':')
  return { algorithm: algorithm === 'sha512' ? 'sha512' : 'sha256', digest }
}
