'use client'

import { useDriver } from '@/components/forms/use-driver'
import { ShownCommands } from '@/components/forms/what-will-run'
import type { NewPoolState } from '@/components/pools/forms/use-new-pool'
import { shownMount } from '@/lib/drivers/shown-mount'
import { namesInShort } from '@/lib/sentences'

type Shown = Pick<NewPoolState, 'backend' | 'kind' | 'place' | 'targeting'>

/** Whom the choice means now. */
export function hostsInWords({ targeting: { targeted } }: Pick<Shown, 'targeting'>): string {
  const [only] = targeted
  return targeted.length === 1 && only ? only.name : `${targeted.length} hosts`
}

/** Besides the commands: what is written, and what is looked for. */
function MarkWords({ kind, place }: Pick<Shown, 'kind' | 'place'>) {
  if (!kind) return null
  return (
    <ul className="list-disc space-y-1 pl-4 text-13 text-muted">
      <li>
        {place === null
          ? 'The storage gets a mark with the id of the pool.'
          : `A mark with the id of the pool is written to ${place}/holdfast-pool.json.`}{' '}
        Later a storage without it is the wrong one, and is refused.
      </li>
      <li>What lies there already stays as it is, and is listed as foreign.</li>
      {kind.programs.length > 0 && <li>The hosts need {namesInShort(kind.programs)}.</li>}
    </ul>
  )
}

/** What will run on the hosts, as the form stands. */
export function PoolCommands({ state }: { state: Shown }) {
  const { backend, kind, place, targeting } = state
  const descriptor = useDriver(backend?.driver ?? '')
  if (!backend || !kind) return <p className="text-13 text-muted">Choose a backend to see what will run.</p>
  const shown =
    descriptor && place !== null
      ? shownMount(descriptor, backend.config, { mountId: '', path: place, readOnly: false })
      : null
  const where = targeting.targeted.length === 0 ? 'On each of its hosts' : `On ${hostsInWords(state)}`
  return (
    <div className="space-y-2">
      <p className="text-13 text-muted">
        {shown === null
          ? `${where}, ${backend.name} is connected, and kept connected, as with its own connections.`
          : `${where}, into a guarded directory, and read back afterwards:`}
      </p>
      {shown && <ShownCommands {...shown} />}
      <MarkWords kind={kind} place={place} />
    </div>
  )
}
