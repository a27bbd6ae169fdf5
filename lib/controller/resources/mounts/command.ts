import type { ObservedMount, WireBackend } from '@/lib/agent-protocol/messages'
import type { ResponseOf } from '@/lib/agent-protocol/verbs'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import type { CommandRequest, CommandSide, Reached } from '@/lib/controller/resources/kind'
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
      return apply(row, parts)
    },
    reached(row, mode, answer) {
      if (mode === 'abandon' || isRemoval(row, row.mount)) return removed(row, mode === 'abandon', answer)
      const mount = answer as ResponseOf<'applyMount'>
      return isThere(mount.state, row.desiredState) ? { seen: mount } : { seen: mount, error: errorOf(mount) }
    },
  }
}

export function removal(mountId: string, abandon: boolean): CommandRequest {
  return { verb: 'removeMount', document: { mountId, abandon } }
}

async function apply(row: DesiredMount, { prisma, open }: MountCommandParts): Promise<CommandRequest> {
  const { backend, autoMount } = row.mount
  const { mountPoint, readOnly, config } = effectiveMount(row.mount, row.overrides)
  const holder = await findPlaceHolder(prisma, row)
  if (holder) throw placeTaken(holder, mountPoint)
  const mount = {
    mountId: row.mountId,
    backend: await open({ ...backend, config, ...sealedParts(backend.secrets) }),
    mountPoint,
    readOnly,
    autoMount,
    desiredState: row.desiredState,
    ...(row.adopted ? { adopt: true } : {}),
  }
  return { verb: 'applyMount', document: { mount } }
}

function removed(row: DesiredMount, abandon: boolean, answer: unknown): Reached<ObservedMount> {
  const { removed, mount } = answer as ResponseOf<'removeMount'>
  if (!removed && mount) {
    return abandon && mount.state === 'detached_dirty' ? { seen: mount } : { seen: mount, error: errorOf(mount) }
  }
  // Abandoned, and still wanted: what the host shows next says what it has.
  return isRemoval(row, row.mount) ? { isGone: true } : {}
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
