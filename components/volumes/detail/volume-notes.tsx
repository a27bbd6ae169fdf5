'use client'

import { Evidence } from '@/components/data/evidence'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { VolumeProgress } from '@/components/volumes/detail/volume-progress'
import type { VolumeView } from '@/lib/volumes/schema'

const MISSING =
  'Its pool was looked at, and it is not there. If somebody moved it, put it back; Holdfast makes no empty one in its place.'

/** What is to be known on every tab: work under way, what is wrong, how long the trash keeps it. */
export function VolumeNotes({ volume }: { volume: VolumeView }) {
  const { operation, error, explanation, phase, purge_at: purgeAt } = volume
  return (
    <div className="space-y-3 not-empty:mb-5">
      {operation && <VolumeProgress volume={volume} operation={operation} />}
      {(error !== null || phase === 'MISSING') && (
        <Note kind="critical" title={error ?? 'It is missing.'}>
          {explanation?.advice ?? (phase === 'MISSING' ? MISSING : null)}
          <Evidence explanation={explanation} className="mt-1" />
        </Note>
      )}
      {phase === 'TRASHED' && operation === null && (
        <Note title="It is in the trash.">
          {purgeAt === null ? (
            'It can come back as it was.'
          ) : (
            <>
              It can come back as it was; it is deleted for good <RelativeTime at={purgeAt} />.
            </>
          )}
        </Note>
      )}
    </div>
  )
}
