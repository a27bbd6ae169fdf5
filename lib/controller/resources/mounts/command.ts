import type { ObservedMount, WireBackend } from '@/lib/agent-protocol/messages'
import type { ResponseOf } from '@/lib/agent-protocol/verbs'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import type { CommandMode, CommandRequest, CommandSide, Reached } from '@/lib/controller/resources/kind'
import { type DesiredMount, findPlaceHolder } from '@/lib/controller/resources/mounts/mounts-repository'
import type { PrismaClient } from '@/lib/db/client'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError, isErrorCode } from '@/lib/errors'
import { effectiveMount } from '@/lib/mounts/effective'
import { isRemoval, isThere } from '@/lib/mounts/state'

export interface MountCommandParts {
  prisma: PrismaClient
  /** Opens the secrets of a backend for the one call they are needed for. */
  open(backend: SealedInput): Promise<WireBackend>
}

/** How mounts are sent: mounted, unmounted, or forgotten. */
export function mountCommands(parts: MountCommandParts): CommandSide<DesiredMount, ObservedMount> {
  return {
    ttlMs: 60_000,
    async request(row, mode) {
      const { mountId } = row
      if (mode === 'abandon' || isRemoval(row, row.mount)) return removal(mountId, mode === 'abandon')
      return neverCameAbout(row) ? removal(mountId, false) : apply(row, parts)
    },
    reached(row, mode, answer) {
      if ('removed' in (answer as object)) return removed(row, mode === 'abandon', answer)
      const mount = answer as ResponseOf<'applyMount'>
      return isThere(mount.state, row.desiredState) ? { seen: mount } : { seen: mount, error: errorOf(mount) }
    },
    unreached,
  }
}

/**
 * It is not wanted any more, and the host has refused to take it over: what is asked for is that it has nothing of it. Nothing that
 * only a mount needs, such as a place or a secret, can be wrong with that.
 */
function neverCameAbout({ desiredState, observedState, observedGeneration }: DesiredMount): boolean {
  return desiredState === 'unmounted' && observedState === 'error' && observedGeneration === null
}

export function removal(mountId: string, abandon: boolean): CommandRequest {
  return { verb: 'removeMount', document: { mountId, abandon } }
}

async function apply(row: DesiredMount, { prisma, open }: MountCommandParts): Promise<CommandRequest> {
  const { backend, autoMount } = row.mount
  const { mountPoint, readOnly, config } = effectiveMount(row.mount, row.overrides)
  const holder = await findPlaceHolder(prisma, row)
  if (holder && row.desiredState === 'unmounted') return removal(row.mountId, false)
  if (holder) throw placeTaken(holder, mountPoint)
  const mount = {
    mountId: row.mountId,
    backend: await openFor(row, { ...backend, config, ...sealedParts(backend.secrets) }, open),
    mountPoint,
    readOnly,
    autoMount,
    desiredState: row.desiredState,
    ...(row.adopted ? { adopt: true } : {}),
  }
  return { verb: 'applyMount', document: { mount } }
}

/** Secrets that cannot be opened, or may not be sent there, keep nothing from being unmounted. */
async function openFor(
  { desiredState }: DesiredMount,
  sealed: SealedInput,
  open: MountCommandParts['open'],
): Promise<WireBackend> {
  try {
    return await open(sealed)
  } catch (error) {
    if (desiredState === 'mounted') throw error
    return open({ ...sealed, sealedSecrets: {} })
  }
}

function removed(row: DesiredMount, abandon: boolean, answer: unknown): Reached<ObservedMount> {
  const { removed, mount } = answer as ResponseOf<'removeMount'>
  if (!removed && mount) {
    return abandon && mount.state === 'detached_dirty' ? { seen: mount } : { seen: mount, error: errorOf(mount) }
  }
  if (isRemoval(row, row.mount)) return { isGone: true }
  // Abandoned, and still wanted: what the host shows next says what it has.
  return abandon ? {} : { isAbsent: true }
}

/** Of a host that is away and has never shown it, nothing is waited for when an administrator says so. */
function unreached(row: DesiredMount, mode: CommandMode): Reached<ObservedMount> | null {
  if (mode !== 'abandon' || !isRemoval(row, row.mount) || row.observedGeneration !== null) return null
  return {
    isGone: true,
    line: 'The host cannot be asked, and has never shown this mount: it is forgotten. Should something of it be there, unmount it by hand.',
  }
}

/** A host that joined by a rule may have another mount there; it shows that, and goes on trying. */
function placeTaken(holder: string, mountPoint: string): HoldfastError {
  return new ProblemError('mount.place_taken', { holder, path: mountPoint })
}

function errorOf(mount: ObservedMount): HoldfastError {
  const { error } = mount
  if (!error) return new HoldfastError('command_failed', `The host reports this mount as ${mount.state}.`)
  const { code, message, ...report } = error
  return new HoldfastError(isErrorCode(code) ? code : 'command_failed', message, { details: report })
}
