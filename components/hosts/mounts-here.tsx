'use client'

import { Waypoints } from 'lucide-react'
import { TypeIcon } from '@/components/backends/backend-type'
import { Advice } from '@/components/data/advice'
import { CauseBanner } from '@/components/data/cause-banner'
import { sharedCauses } from '@/components/mounts/shared-causes'
import { Capacity } from '@/components/ui/bytes'
import { MonoCell } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/feedback'
import { SinceTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { spaceOfUsage } from '@/lib/fullness'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER } from '@/lib/tones'

interface Here {
  mount: MountView
  entry: MountOnHostView
}

/** The mounts of one host, what needs a person first. */
export function mountsHere(hostId: string, mounts: readonly MountView[]): Here[] {
  const rank = ({ entry }: Here) => TONE_ORDER.indexOf(wordOnHost(entry).tone)
  return mounts
    .flatMap((mount) => mount.hosts.filter((one) => one.host_id === hostId).map((entry) => ({ mount, entry })))
    .toSorted((a, b) => rank(a) - rank(b) || a.mount.name.localeCompare(b.mount.name))
}

function Row({ mount, entry, isSaidAbove }: Here & { isSaidAbove: boolean }) {
  return (
    <li className="group/row relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-13 hover:bg-hover md:grid-cols-[minmax(0,1fr)_minmax(0,1.8fr)_200px] lg:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1.2fr)_200px] xl:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1.2fr)_240px]">
      <span className="flex min-w-0 items-center gap-2">
        <TypeIcon type={mount.type} />
        <RowLink href={`/mounts/${mount.id}`} className="truncate font-medium">
          {mount.name}
        </RowLink>
      </span>
      {/* Two columns of their own where there is room. */}
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 text-muted max-md:order-3 max-md:col-span-2 lg:contents">
        <MonoCell text={entry.source} />
        <span aria-hidden className="lg:hidden">
          →
        </span>
        <MonoCell text={entry.mount_point} />
      </span>
      <span className="min-w-0 text-12 text-muted max-lg:hidden">
        {entry.usage ? <Capacity space={spaceOfUsage(entry.usage)} withPercent /> : '–'}
      </span>
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 whitespace-nowrap">
        <Status {...wordOnHost(entry)} title={entry.error ?? undefined} />
        {entry.since && <SinceTime at={entry.since} className="text-12 text-muted max-md:hidden" />}
      </span>
      {entry.error && !isSaidAbove && (
        <p className="col-span-full break-words text-12 text-muted max-md:order-4">
          <span className="text-ink">{entry.error}</span>
          <span className="block">
            <Advice>{entry.advice}</Advice>
          </span>
        </p>
      )}
    </li>
  )
}

/** What is mounted on one host, or is to be. */
export function MountsHere({ hostId, mounts }: { hostId: string; mounts: MountView[] }) {
  if (mounts.length === 0) {
    return (
      <EmptyState icon={Waypoints} title="Nothing is mounted here">
        Choose this host when you make a mount, or add it to one that exists.
      </EmptyState>
    )
  }
  const here = mountsHere(hostId, mounts)
  const shared = sharedCauses(here, ({ entry }) => entry)
  const saidAbove = new Set(shared.flatMap(({ entries }) => entries.map(({ mount }) => mount.id)))
  return (
    <>
      {shared.map((cause) => (
        <CauseBanner key={cause.key} cause={cause} nameOf={({ mount }) => mount.name} where="Mounts" className="mb-3" />
      ))}
      <ul className="panel divide-y divide-line">
        {here.map(({ mount, entry }) => (
          <Row key={mount.id} mount={mount} entry={entry} isSaidAbove={saidAbove.has(mount.id)} />
        ))}
      </ul>
    </>
  )
}
