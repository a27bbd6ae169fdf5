'use client'

import { useQuery } from '@tanstack/react-query'
import { Check, Undo2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { AlertHistory } from '@/components/alerts/alert-history'
import { alertOne } from '@/components/alerts/alert-queries'
import { KIND_WORDS, lastedWords, STATE_WORDS, severityOf, statusOf } from '@/components/alerts/alert-words'
import { Advice } from '@/components/data/advice'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { RawObject } from '@/components/layout/raw-object'
import { Summary } from '@/components/layout/summary'
import { hrefOf } from '@/components/overview/cause-words'
import { Button, ButtonLink } from '@/components/ui/button'
import { Note, Panel } from '@/components/ui/feedback'
import { RelativeTime, useNow } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Status, StatusBadge, StatusShape } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import type { AlertDetail as Alert } from '@/lib/alerts/schema'

const AcknowledgeDialog = dynamic(
  () => import('@/components/alerts/acknowledge-dialog').then((module) => module.AcknowledgeDialog),
  { ssr: false },
)

/** Where the button leads, if not to the page of its subject. */
const PLACES: Partial<Record<Alert['subject']['kind'], string>> = { server: 'backends', holdfast: 'settings' }

function Actions({ alert }: { alert: Alert }) {
  const [isAsking, setAsking] = useState(false)
  const mayWrite = useMay('attention.write')
  const path = `/api/v1/alerts/${alert.id}`
  const takeBack = useAction<void, Alert>({
    run: () => requestOne<Alert>(`${path}/acknowledgement`, { method: 'DELETE' }),
    topics: ['attention', 'alert'],
    done: () => 'Taken back',
  })
  const isThere = alert.state !== 'cleared'
  return (
    <>
      <ButtonLink href={hrefOf(alert)}>Open {PLACES[alert.subject.kind] ?? alert.subject.kind}</ButtonLink>
      {mayWrite && alert.acknowledged !== null && (
        <Button icon={Undo2} pending={takeBack.isPending} onClick={() => takeBack.mutate()}>
          Take back
        </Button>
      )}
      {mayWrite && isThere && (
        <Button icon={Check} variant={alert.state === 'open' ? 'primary' : 'secondary'} onClick={() => setAsking(true)}>
          {alert.state === 'open' ? 'Acknowledge' : 'Acknowledge anew'}
        </Button>
      )}
      {isAsking && (
        <AcknowledgeDialog
          name={alert.subject.name}
          title={alert.title}
          send={(body) =>
            requestOne(`${path}/${body.until === undefined ? 'acknowledgement' : 'silence'}`, { method: 'POST', body })
          }
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}

/** Who has said that it is known, or works on it, and for how long. */
function Quiet({ alert: { acknowledged, maintenance } }: { alert: Alert }) {
  if (acknowledged === null)
    return (
      maintenance && (
        <Note title={`In maintenance: ${maintenance.reason}`} className="mb-5">
          By {maintenance.by}; it ends <RelativeTime at={maintenance.until} />. What is still wrong then is told.
        </Note>
      )
    )
  const { by, at, note, until } = acknowledged
  return (
    <Note title={note ?? (until === null ? 'Acknowledged' : 'Silenced')} className="mb-5">
      {by}, <RelativeTime at={at} />
      {until !== null && (
        <>
          . Silent until <RelativeTime at={until} />
        </>
      )}
    </Note>
  )
}

const PLURALS = { hosts: 'Hosts', backends: 'Backends', pools: 'Pools', volumes: 'Volumes', mounts: 'Mounts' } as const
const NOUNS = Object.keys(PLURALS) as (keyof typeof PLURALS)[]

/** What is not known to be over, since the host does not answer. */
function Folded({ folded }: { folded: Alert['folded'] }) {
  if (folded.length === 0) return null
  return (
    <Panel title="What else was wrong there" flush>
      <ul className="divide-y divide-line">
        {folded.map(({ id, severity, title }) => (
          <li key={id} className="relative flex items-center gap-2.5 px-4 py-2 text-13 hover:bg-hover">
            <StatusShape tone={severity} title={severity} className="opacity-60" />
            <RowLink href={`/alerts/${id}`} className="min-w-0 flex-1 truncate">
              {title}
            </RowLink>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Reach({ reach }: { reach: Alert['reach'] }) {
  const nouns = NOUNS.filter((noun) => reach[noun].total > 0)
  if (nouns.length === 0) return null
  return (
    <Panel title="What it is about, and what suffers from it">
      <dl className="space-y-3 text-13">
        {nouns.map((noun) => (
          <div key={noun}>
            <dt className="text-12 text-muted">{PLURALS[noun]}</dt>
            <dd className="mt-0.5 flex flex-wrap gap-x-3">
              {reach[noun].first.map(({ id, name }) => (
                <Link
                  key={id}
                  href={`/${noun}/${id}`}
                  prefetch={false}
                  className="font-medium text-accent hover:underline"
                >
                  {name}
                </Link>
              ))}
              {reach[noun].total > reach[noun].first.length && (
                <span className="text-muted">and {reach[noun].total - reach[noun].first.length} more</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function Overview({ alert }: { alert: Alert }) {
  const now = useNow()
  const { cleared_at: over, gone_since: gone, returns } = alert
  return (
    <div className="space-y-5">
      <Summary
        items={[
          { label: 'Severity', value: <Status {...severityOf(alert)} /> },
          { label: 'State', value: STATE_WORDS[alert.state] },
          { label: 'Kind', value: KIND_WORDS[alert.kind] },
          { label: 'Opened', value: <RelativeTime at={alert.opened_at} /> },
          ...(over === null ? [] : [{ label: 'Over', value: <RelativeTime at={over} /> }]),
          { label: 'Lasted', value: <span suppressHydrationWarning>{lastedWords(alert, now)}</span> },
          ...(returns === 0
            ? []
            : [{ label: 'Gone for a moment', value: returns === 1 ? 'once' : `${returns} times` }]),
        ]}
      />
      {gone !== null && (
        <Note title="It is not seen any more">
          Since <RelativeTime at={gone} />. After five minutes it is over; if it comes back earlier it is the same
          alert.
        </Note>
      )}
      {alert.state === 'folded' && (
        <Note title="Nothing is known of it at the moment">
          The hosts that see it do not answer. It goes on when one of them says that it is still so.
        </Note>
      )}
      {alert.advice !== null && over === null && (
        <Note>
          <Advice>{alert.advice}</Advice>
        </Note>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <AlertHistory alert={alert} />
        <div className="space-y-5">
          <Reach reach={alert.reach} />
          <Folded folded={alert.folded} />
        </div>
      </div>
    </div>
  )
}

/** One alert: what is wrong, what helps, what became of it. */
export function AlertDetail({ id }: { id: string }) {
  const { data: alert, error } = useQuery({ ...alertOne(id), refetchInterval: usePollInterval() })
  if (isGone(error)) return <Gone noun="alert" list="Alerts" href="/alerts" />
  if (!alert) return null
  return (
    <Page
      crumbs={[{ label: 'Alerts', href: '/alerts' }, { label: alert.subject.name }]}
      title={alert.title}
      status={<StatusBadge {...statusOf(alert)} />}
      actions={<Actions alert={alert} />}
    >
      <Quiet alert={alert} />
      <Tabs
        label="About this alert"
        tabs={[
          { id: 'overview', label: 'Overview', content: <Overview alert={alert} /> },
          { id: 'raw', label: 'Raw', content: <RawObject path={`/api/v1/alerts/${alert.id}`} value={alert} /> },
        ]}
      />
    </Page>
  )
}
