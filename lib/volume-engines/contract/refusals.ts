import { HoldfastError } from '@/lib/errors'

/** What every engine refuses alike, so that whoever answers people can put names in place of the ids in `details`. */

export function volumeMissing(volumeId: string): HoldfastError {
  return new HoldfastError('not_found', `The volume ${volumeId} is not in this pool.`, {
    details: { volume: volumeId },
  })
}

export function snapshotMissing(volumeId: string, snapshotId: string): HoldfastError {
  const message = `The volume ${volumeId} has no snapshot ${snapshotId}.`
  return new HoldfastError('not_found', message, { details: { volume: volumeId, snapshot: snapshotId } })
}

export function foreignMissing(name: string): HoldfastError {
  return new HoldfastError('not_found', `There is no ${name} among what is foreign in this pool.`)
}

export function volumeExists(volumeId: string): HoldfastError {
  return new HoldfastError('conflict', `The volume ${volumeId} is in this pool already.`, {
    details: { volume: volumeId },
  })
}

export function snapshotExists(volumeId: string, snapshotId: string): HoldfastError {
  const message = `The volume ${volumeId} has the snapshot ${snapshotId} already.`
  return new HoldfastError('conflict', message, { details: { volume: volumeId, snapshot: snapshotId } })
}

/** `children`: ids of volumes. */
export function hasChildren(what: string, children: readonly string[]): HoldfastError {
  return new HoldfastError('in_use', `${what} is what other volumes were cloned from: ${children.join(', ')}.`, {
    details: { children: [...children] },
    recovery: 'Flatten these volumes, or delete them for good, then do it again.',
  })
}

/** `machine`: its name, where libvirt knows it. */
export function volumeInUse(volumeId: string, machine?: string): HoldfastError {
  const who = machine === undefined ? 'Something' : `The machine ${machine}`
  return new HoldfastError('busy', `${who} has the volume ${volumeId} open.`, {
    details: { volume: volumeId },
    recovery:
      machine === undefined
        ? 'Stop what uses it, such as a running machine, then do it again.'
        : `Stop the machine ${machine}, then do it again.`,
  })
}

export function volumeTrashed(volumeId: string): HoldfastError {
  return new HoldfastError('conflict', `The volume ${volumeId} is in the trash.`, {
    details: { volume: volumeId },
    recovery: 'Take it out of the trash first.',
  })
}

export function notTrashed(volumeId: string): HoldfastError {
  return new HoldfastError('conflict', `The volume ${volumeId} is not in the trash, so it is not deleted for good.`, {
    details: { volume: volumeId },
  })
}

/** Bytes. */
export function wouldShrink(volumeId: string, sizeBytes: number, wantedBytes: number): HoldfastError {
  const message = `The volume ${volumeId} has ${sizeBytes} bytes; making it smaller (${wantedBytes}) would cut off what is at its end.`
  return new HoldfastError('invalid_input', message, { details: { volume: volumeId } })
}

export function otherPool(found: string): HoldfastError {
  return new HoldfastError('conflict', `This storage holds another pool (${found}).`, {
    details: { found },
    recovery: 'Use another storage, or another path on it.',
  })
}

export function poolMarkMissing(poolId: string): HoldfastError {
  return new HoldfastError(
    'conflict',
    `The mark of the pool ${poolId} is not on this storage: it is the wrong one, or an empty one in its place.`,
    { details: { pool: poolId }, recovery: 'Check that the right storage is behind this backend.' },
  )
}

/** `volumes`: ids. */
export function poolNotEmpty(volumes: readonly string[]): HoldfastError {
  return new HoldfastError('busy', `Volumes are in this pool: ${volumes.slice(0, 20).join(', ')}.`, {
    details: { volumes: volumes.slice(0, 20), count: volumes.length },
  })
}
