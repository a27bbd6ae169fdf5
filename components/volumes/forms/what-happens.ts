import type { From, useNewVolume } from '@/components/volumes/forms/use-new-volume'
import type { EngineId } from '@/lib/agent-protocol/pools'
import { formatBytes } from '@/lib/units'

type State = Pick<ReturnType<typeof useNewVolume>, 'draft' | 'pool' | 'source' | 'format' | 'provisioning'>

const MADE_OF: Readonly<Record<EngineId, (format: string) => string>> = {
  'image-files': (format) => `${format} image`,
  lvm: () => 'logical volume',
  rbd: () => 'RBD image',
}

function article(words: string): string {
  return /^(?:RBD|[aeiou])/.test(words) ? `An ${words}` : `A ${words}`
}

/** Where it lies: with the directory, of a file storage. */
function placeOf({ mount_path, name }: NonNullable<State['pool']>): string {
  return mount_path === null ? `in ${name}` : `in ${name}, below ${mount_path}`
}

function roomTaken({ provisioning }: State, size: string): string {
  return provisioning === 'full' ? `It takes ${size} at once.` : 'It takes room when something is written.'
}

/** In a sentence or two what the host will do, as the form stands; null while that cannot be said. */
export function whatHappens(state: State, from: From | undefined): string | null {
  const { draft, pool, source, format } = state
  if (!pool?.engine) return null
  const bytes = Number(draft.size)
  const size = draft.size.trim() !== '' && Number.isFinite(bytes) && bytes > 0 ? formatBytes(bytes) : null
  const grown = size === null ? '' : ` It is made ${size} large.`
  const thing = MADE_OF[pool.engine](format ?? '')
  const made = `${article(thing)}${size ? ` of ${size}` : ''} is made ${placeOf(pool)}.`
  if (draft.mode === 'empty') return size === null ? null : `${made} ${roomTaken(state, size)}`
  if (draft.mode === 'foreign' && from?.mode === 'foreign') {
    return draft.isAdopted
      ? `${from.item.name} is looked into first. It becomes the volume and moves to its place in the pool: who knows it by its old name does not find it any more.`
      : `${from.item.name} is looked into first. ${made} All of it is copied there.`
  }
  if (draft.mode === 'template') {
    if (draft.template === '') return null
    if (draft.isShared)
      return `Unless it was done before, ${draft.template} is looked into and copied into a volume of its own, the base, which nobody writes to. The new volume shares everything with that until it is written to, and needs it until it is flattened.${grown}`
    return `${draft.template} is looked into first. ${made} All of it is copied there; the volume needs nothing of the template afterwards.`
  }
  if (draft.mode === 'import') {
    const file = draft.path.trim().split('/').at(-1)
    return file ? `${file} is fetched and looked into first. ${made} What is in it is written there.` : null
  }
  if (source === undefined) return null
  const snapshot = source.snapshots.find(({ id }) => id === draft.snapshotId)
  const what = snapshot ? `${source.name} as of ${snapshot.name}` : source.name
  if (draft.mode === 'clone')
    return `It shares everything with ${what} until one of them is written to. ${source.name} cannot be deleted while the clone needs it; flattening the clone ends that.${grown}`
  const all = source.size_bytes === null ? `All of ${what} is` : `${formatBytes(source.size_bytes)} of ${what} are`
  return `${made} ${all} copied there; the copy needs nothing of it afterwards.`
}
