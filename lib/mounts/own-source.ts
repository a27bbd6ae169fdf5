import { badField } from '@/lib/bad-field'
import { isInOwnSource } from '@/lib/drivers/mounting/own-source'
import { mountRequestFor } from '@/lib/drivers/requests'
import type { EffectiveMount } from '@/lib/mounts/effective'

/** Throws `invalid_input` that names `mount_point` for a directory that would be mounted in itself, or over itself. */
export function requireOutsideSource(driver: string, { mountPoint, readOnly, config }: EffectiveMount): void {
  const request = mountRequestFor(driver, config, { mountId: '', path: mountPoint, readOnly })
  if (request?.kind !== 'bind' || !isInOwnSource(request.source, mountPoint)) return
  const message = `A directory cannot contain itself: ${mountPoint} and ${request.source} lie in one another; choose another mount point.`
  throw badField('mount_point', message)
}
