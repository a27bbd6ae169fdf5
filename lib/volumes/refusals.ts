import type { PoolEngine } from '@/lib/pools/engine'
import type { VolumeAct } from '@/lib/volume-engines/contract/descriptor'
import type { Child, ListedVolume, Work } from '@/lib/volumes/repository'
import { VOLUME_ACTS, type VolumeAction } from '@/lib/volumes/schema'
import { sentenceList } from '@/lib/volumes/words'

export interface VolumeFacts {
  volume: ListedVolume
  children: readonly Child[]
  work: Work | undefined
}

/** What the engine is asked about, by the API's name. */
const ENGINE_ACTS: Partial<Record<VolumeAction, VolumeAct>> = {
  clone: 'clone',
  snapshot: 'snapshot',
  restore: 'restore',
  flatten: 'flatten',
  resize: 'grow',
}

/** What would change bytes under a program that has them open. Images are files, of which QEMU alone may write to an open one. */
const NOT_WHILE_OPEN: Record<'files' | 'others', ReadonlySet<VolumeAction>> = {
  files: new Set([
    'clone',
    'copy',
    'move',
    'export',
    'snapshot',
    'restore',
    'delete_snapshot',
    'flatten',
    'resize',
    'trash',
    'purge',
  ]),
  others: new Set(['move', 'restore', 'trash', 'purge']),
}

/** What the machine of libvirt that has an image open does itself. */
const BY_MACHINE: ReadonlySet<VolumeAction> = new Set(['resize', 'snapshot', 'delete_snapshot', 'flatten'])

/** What would take away what others need. */
export const NOT_WITH_CHILDREN: ReadonlySet<VolumeAction> = new Set(['trash', 'purge', 'move'])

/** What would change the base of a template, or give it to a machine that does. */
const NOT_OF_BASE: ReadonlySet<VolumeAction> = new Set([
  'attach',
  'resize',
  'snapshot',
  'restore',
  'delete_snapshot',
  'move',
])

/** What this volume cannot do now, by action, each with the reason and the cure. `engine`: of its pool. */
export function refusalsOf(facts: VolumeFacts, engine: PoolEngine | null): Partial<Record<VolumeAction, string>> {
  const found: Partial<Record<VolumeAction, string>> = {}
  for (const act of VOLUME_ACTS) {
    const reason = refusalOf(act, facts, engine) ?? (engine === null ? null : refusedByUse(act, facts.volume, engine))
    if (reason !== null) found[act] = reason
  }
  return found
}

/** Why a volume cannot do this now; null: it can. Whether something has it open is the host's to say: what it saw last is old. */
export function refusalOf(act: VolumeAction, facts: VolumeFacts, engine: PoolEngine | null): string | null {
  const { volume, work } = facts
  if (engine === null) return 'This version of Holdfast does not know the storage type of its pool.'
  if (engine.problem !== null) return `Pool '${volume.pool.name}': ${engine.problem}`
  if (volume.pool.deletedAt !== null) return `Pool '${volume.pool.name}' is being removed.`
  if (work !== undefined && act !== 'attach') return `Operation ${work.id} is under way on it; wait for its end.`
  return (
    refusedByPhase(act, volume) ??
    refusedByHost(act, volume) ??
    refusedByBase(act, volume) ??
    refusedByFamily(act, facts) ??
    refusedByEngine(act, volume, engine)
  )
}

function refusedByPhase(act: VolumeAction, { phase }: ListedVolume): string | null {
  if (act === 'untrash') return phase === 'trashed' ? null : 'It is not in the trash.'
  if (act === 'purge') return phase === 'creating' ? 'It is being made; cancel that instead.' : null
  switch (phase) {
    case 'ready':
      return null
    case 'creating':
      return 'It is being made.'
    case 'trashed':
      return 'It is in the trash; restore it first.'
    case 'missing':
      return 'It is missing: its pool was looked into, and it is not there.'
    case 'error':
      return act === 'trash' ? null : 'It cannot be used; its error says why.'
  }
}

function refusedByHost(act: VolumeAction, { host, pool }: ListedVolume): string | null {
  if (act === 'purge' || act === 'attach') return null
  if (host === null) return `No host looks after pool '${pool.name}' now; wait until it is open on one.`
  if (host.revokedAt !== null) return `Host '${host.name}', which has it, was revoked.`
  return null
}

function refusedByUse(act: VolumeAction, volume: ListedVolume, { id }: PoolEngine): string | null {
  const { isInUse, usedBy, host, provisioning } = volume
  if (!isInUse || !NOT_WHILE_OPEN[id === 'image-files' ? 'files' : 'others'].has(act)) return null
  const isByMachine = usedBy !== null && provisioning === 'thin' && BY_MACHINE.has(act)
  if (isByMachine) return null
  const who = usedBy === null ? 'A program' : `Machine '${usedBy}'`
  return `${who} on host '${host?.name ?? ''}' has it open; stop that first.`
}

function refusedByBase(act: VolumeAction, { baseKey }: ListedVolume): string | null {
  if (baseKey === null || !NOT_OF_BASE.has(act)) return null
  return 'It is the base of a template, and nobody writes to it since its clones share it: clone or copy it, and use that.'
}

function refusedByFamily(act: VolumeAction, { volume, children }: VolumeFacts): string | null {
  if (act === 'flatten' && volume.parentVolumeId === null) return 'It shares nothing with another volume.'
  if (!NOT_WITH_CHILDREN.has(act) || children.length === 0) return null
  const names = children.map(({ name, phase }) => `'${name}'${phase === 'trashed' ? ' (in the trash)' : ''}`)
  return `${sentenceList(names)} ${names.length === 1 ? 'was' : 'were'} cloned from it and still need${names.length === 1 ? 's' : ''} it; flatten or delete ${names.length === 1 ? 'that' : 'those'} first.`
}

function refusedByEngine(act: VolumeAction, volume: ListedVolume, { engine, settings }: PoolEngine): string | null {
  const asked = ENGINE_ACTS[act]
  return asked === undefined ? null : engine.refuses(asked, volume, settings as never)
}
