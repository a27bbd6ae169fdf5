'use client'

import { useQuery } from '@tanstack/react-query'
import { Gone } from '@/components/data/gone'
import { operationsOf } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'

/** Deleted, or never made: what could not be created leaves no volume, and its operation says why. */
export function VolumeGone({ id }: { id: string }) {
  const { data } = useQuery(operationsOf(id))
  const latest = data?.data[0]
  if (latest?.status !== 'failed' || latest.error === null) return <Gone noun="volume" list="Volumes" href="/volumes" />
  return (
    <Page crumbs={[{ label: 'Volumes', href: '/volumes' }, { label: 'Not created' }]} title="It was not created">
      <Note
        kind="critical"
        title={latest.error.message}
        action={
          <ButtonLink href={`/operations/${latest.id}`} size="sm">
            Show the log
          </ButtonLink>
        }
      >
        {latest.error.recovery} Nothing of it was left in the pool.
      </Note>
    </Page>
  )
}
