import type { z } from 'zod'
import type { Reply } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { OperationNote, settle, type Waiting } from '@/lib/http/operation-reply'
import { errorOfOperation, isFinal } from '@/lib/operations/service'
import type { VolumeMade } from '@/lib/volumes/changes/create'
import { VolumeView } from '@/lib/volumes/schema'
import { readVolume } from '@/lib/volumes/service'

/** A volume with the operation that makes it. */
export const VolumeAnswer = single(VolumeView).extend({ operation: OperationNote })

/** 202 while it is being made, 201 when it is there; a failure is thrown as the problem that it is, and then there is no volume. */
export async function volumeReply(
  { volumeId, operation: id }: VolumeMade,
  call: Waiting,
  message: string,
  done = 'created',
): Promise<Reply<z.input<typeof VolumeAnswer>>> {
  const operation = await settle(id, call)
  if (operation.status === 'failed' || operation.status === 'cancelled') throw errorOfOperation(operation)
  const data = await readVolume(volumeId)
  const isThere = isFinal(operation.status)
  const body = {
    data,
    message: isThere ? `${message} ${done}` : `${message} requested`,
    operation: { id, status: operation.status },
  }
  return { status: isThere ? 201 : 202, body, location: `/api/v1/volumes/${volumeId}` }
}
