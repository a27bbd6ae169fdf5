'use client'

import Link from 'next/link'
import { Evidence } from '@/components/data/evidence'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { VolumeProgress } from '@/components/volumes/detail/volume-progress'
import type { LostHost } from '@/components/volumes/reach'
import type { VolumeView } from '@/lib/volumes/schema'

const MISSING =
  'Its pool was looked at, and it is not there. If somebody moved it, put it back; Holdfast makes no empty one in its place.'

/** What is to be known on every tab: work under way, what is wrong, how long the trash keeps it. */
export function VolumeNotes({ volume, lost }: { volume: VolumeView; lost: LostHost | null }) {
  const { operation, error, explanation, phase, purge_at: purgeAt, moved_to: movedTo, base_of: template } = volume
  return (
    <div className="space-y-3 not-empty:mb-5">
      {operation && <VolumeProgress volume={volume} operation={operation} />}
      {(error !== null || phase === 'MISSING') && (
        <Note kind="critical" title={error ?? 'It is missing.'}>
          {explanation?.advice ?? (phase === 'MISSING' ? MISSING : null)}
          <Evidence explanation={explanation} className="mt-1" />
        </Note>
      )}
      {lost !== null && phase !== 'CREATING' && (
        <Note kind="warning" title={`${lost.host_name} cannot use its pool now.`}>
          {lost.error !== null && `${lost.error} `}
          What stands here {volume.observed_at === null ? 'is what was asked for' : 'was seen'}{' '}
          {volume.observed_at !== null && <RelativeTime at={volume.observed_at} />}.{' '}
          <Link href={`/pools/${volume.pool_id}`} prefetch={false} className="font-medium underline">
            {volume.pool_name}
          </Link>{' '}
          says more.
        </Note>
      )}
      {template !== null && phase === 'READY' && (
        <Note title={`Base of template ${template}`}>
          What is cloned from the template shares it, so nothing writes to it.{' '}
          {volume.children.length === 0
            ? 'Nothing needs it now: delete it to have its room, or keep it for the next clone.'
            : 'It can be deleted when no clone needs it any more.'}
        </Note>
      )}
      {phase === 'TRASHED' && operation === null && (
        <Note title={movedTo ? `It was moved to ${movedTo.pool_name ?? 'another pool'}.` : 'It is in the trash.'}>
          {movedTo && (
            <>
              <Link href={`/volumes/${movedTo.volume_id}`} prefetch={false} className="font-medium underline">
                {movedTo.volume_name ?? 'The volume there'}
              </Link>{' '}
              goes on there. This is what it was before.{' '}
            </>
          )}
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
