'use client'

import { useQuery } from '@tanstack/react-query'
import { BellRing, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { usePerson } from '@/components/layout/person'
import { HeartbeatPanel } from '@/components/notifiers/heartbeat-panel'
import { notifierList } from '@/components/notifiers/notifier-queries'
import { notifierStatus, rulesWords } from '@/components/notifiers/notifier-words'
import { SettingsPage } from '@/components/settings/settings-page'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Badge, Status } from '@/components/ui/status'
import type { NotifierView } from '@/lib/notifiers/schema'

const NotifierForm = dynamic(
  () => import('@/components/notifiers/notifier-form').then((module) => module.NotifierForm),
  {
    ssr: false,
  },
)

function NotifierRow({ notifier }: { notifier: NotifierView }) {
  const { id, name, type, target, waiting, rules, failed_since, sent_at, last_error } = notifier
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13 hover:bg-hover md:grid-cols-[minmax(0,1fr)_128px_minmax(0,200px)]">
      <span className="min-w-0">
        <span className="flex items-center gap-2">
          <RowLink href={`/settings/notifiers/${id}`} className="truncate font-medium">
            {name}
          </RowLink>
          <Badge>{type}</Badge>
        </span>
        <span className="block truncate text-12 text-muted">
          {target} · {rulesWords(rules)}
        </span>
        {last_error !== null && <span className="block truncate text-12 text-critical">{last_error}</span>}
      </span>
      <Status {...notifierStatus(notifier)} />
      <span className="text-12 text-muted max-md:col-span-2" suppressHydrationWarning>
        {failed_since === null ? (
          sent_at !== null && (
            <>
              last message <RelativeTime at={sent_at} />
            </>
          )
        ) : (
          <>
            since <RelativeTime at={failed_since} />
          </>
        )}
        {waiting > 0 && `${sent_at === null && failed_since === null ? '' : ' · '}${waiting} waiting`}
      </span>
    </li>
  )
}

/** Where messages about alerts go. */
export function NotifiersPage() {
  const { data } = useQuery({ ...notifierList(), refetchInterval: usePollInterval() })
  const [making, setMaking] = useState(false)
  const router = useRouter()
  const may = usePerson().permissions.includes('notifiers.write')
  const add = may && (
    <Button variant="primary" icon={Plus} onClick={() => setMaking(true)}>
      New notifier
    </Button>
  )
  return (
    <SettingsPage title="Notifiers" subtitle="Where messages about alerts go." actions={add}>
      <div className="space-y-5">
        {data && data.data.length === 0 && (
          <EmptyState icon={BellRing} title="Let people hear of alerts" action={add}>
            A notifier sends a message when an alert is opened, gets worse and is over: by mail, to a program of yours
            or to a log server. Without one, alerts stand on their page and wait to be looked at.
          </EmptyState>
        )}
        {data && data.data.length > 0 && (
          <ul className="panel divide-y divide-line">
            {data.data.map((notifier) => (
              <NotifierRow key={notifier.id} notifier={notifier} />
            ))}
          </ul>
        )}
        <HeartbeatPanel />
      </div>
      {making && (
        <NotifierForm onClose={() => setMaking(false)} onDone={({ id }) => router.push(`/settings/notifiers/${id}`)} />
      )}
    </SettingsPage>
  )
}
