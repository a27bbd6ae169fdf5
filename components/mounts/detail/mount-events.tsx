'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { Advice } from '@/components/data/advice'
import { hostEvents, mountEvents } from '@/components/data/queries'
import { type EventGroup, groupEvents } from '@/components/mounts/detail/event-groups'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { Status } from '@/components/ui/status'
import type { MountEventView, MountView } from '@/lib/mounts/schema'
import { wordOfSeen } from '@/lib/mounts/state'

/** Which of the two the page does not say already. */
type About = 'host' | 'mount'

function Subject({ event, about }: { event: MountEventView; about: About }) {
  const [href, name] =
    about === 'host' ? [`/hosts/${event.host_id}`, event.host_name] : [`/mounts/${event.mount_id}`, event.mount_name]
  return (
    <Link href={href} prefetch={false} className="font-medium hover:underline">
      {name}
    </Link>
  )
}

/** Where it was seen: by name, or how often; then the names are behind it. */
function Subjects({ events, about }: EventGroup & { about: About }) {
  const [first] = events
  if (events.length === 1) return <Subject event={first} about={about} />
  return (
    <details className="group/places inline">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1 rounded-sm font-medium hover:underline">
        {events.length} {about}s
        <ChevronRight aria-hidden className="size-3.5 text-faint transition-transform group-open/places:rotate-90" />
      </summary>
      <ul className="my-1.5 divide-y divide-line rounded-md border border-line">
        {events.map((event) => (
          <li key={event.id} className="flex items-center justify-between gap-4 px-3 py-1.5">
            <Subject event={event} about={about} />
            <RelativeTime at={event.at} className="text-12 text-muted" />
          </li>
        ))}
      </ul>
    </details>
  )
}

/** In words that hold for all of a group. */
function messageOf({ events: [first, ...others] }: EventGroup): string | null {
  const isSaidAlike = others.every(({ message }) => message === first.message)
  return isSaidAlike ? first.message : (first.explanation?.title ?? first.message)
}

/** `isNews`: nothing above it gave the same advice. */
function GroupLine({ group, about, isNews }: { group: EventGroup; about: About; isNews: boolean }) {
  const [first] = group.events
  const message = messageOf(group)
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-0.5 px-4 py-2 text-13 md:grid-cols-[180px_minmax(0,1fr)_auto]">
      <Status {...wordOfSeen(first.state, first.problem)} />
      <div className="flex min-w-0 flex-wrap gap-x-2 max-md:order-3 max-md:col-span-2">
        <Subjects {...group} about={about} />
        {message && <span className="min-w-0 break-words text-muted">{message}</span>}
      </div>
      <RelativeTime at={first.at} className="text-right text-12 leading-5 text-muted" />
      {first.advice && isNews && (
        <p className="col-span-full text-12 text-muted max-md:order-4 md:col-start-2">
          <Advice>{first.advice}</Advice>
        </p>
      )}
    </li>
  )
}

function Events({
  pages,
  about,
  more,
}: {
  pages: { data: MountEventView[] }[] | undefined
  about: About
  more: { has: boolean; pending: boolean; load: () => void }
}) {
  const events = pages?.flatMap((page) => page.data)
  if (!events) {
    return (
      <div className="space-y-3 p-4">
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-full" />
      </div>
    )
  }
  if (events.length === 0) return <p className="p-4 text-13 text-muted">Nothing has been seen yet.</p>
  const groups = groupEvents(events).map((group) => ({ group, first: group.events[0] }))
  // The same advice a hundred times is none.
  const news = new Set([...Map.groupBy(groups, ({ first }) => first.advice).values()].map(([alike]) => alike?.first.id))
  return (
    <>
      <ul className="divide-y divide-line">
        {groups.map(({ group, first }) => (
          <GroupLine key={first.id} group={group} about={about} isNews={news.has(first.id)} />
        ))}
      </ul>
      {more.has && (
        <div className="border-t border-line p-2">
          <Button size="sm" variant="ghost" pending={more.pending} onClick={more.load}>
            Show older
          </Button>
        </div>
      )}
    </>
  )
}

/** What was seen of one mount, host by host. */
export function MountEvents({ mount }: { mount: MountView }) {
  const [hostId, setHostId] = useState('')
  const query = useInfiniteQuery(mountEvents(mount.id, hostId))
  return (
    <section className="panel" aria-label="What was seen">
      <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2">
        <h2 className="text-13 font-medium">What was seen on the hosts</h2>
        {mount.hosts.length > 1 && (
          <Select
            aria-label="Host"
            className="w-48"
            value={hostId === '' ? 'all' : hostId}
            onChange={(next) => setHostId(next === 'all' ? '' : next)}
            choices={[
              { value: 'all', label: 'All hosts' },
              ...mount.hosts.map((entry) => ({ value: entry.host_id, label: entry.host_name })),
            ]}
          />
        )}
      </header>
      <Events
        pages={query.data?.pages}
        about="host"
        more={{ has: query.hasNextPage, pending: query.isFetchingNextPage, load: () => void query.fetchNextPage() }}
      />
    </section>
  )
}

/** What was seen of the mounts on one host. */
export function HostEvents({ hostId }: { hostId: string }) {
  const query = useInfiniteQuery(hostEvents(hostId))
  return (
    <section className="panel" aria-label="What was seen">
      <header className="border-b border-line px-4 py-2">
        <h2 className="text-13 font-medium">What was seen of its mounts</h2>
      </header>
      <Events
        pages={query.data?.pages}
        about="mount"
        more={{ has: query.hasNextPage, pending: query.isFetchingNextPage, load: () => void query.fetchNextPage() }}
      />
    </section>
  )
}
