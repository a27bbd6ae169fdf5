import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { deliveryList } from '@/components/notifiers/notifier-queries'
import { deliveryStatus, eventWords } from '@/components/notifiers/notifier-words'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { DeliveryView } from '@/lib/notifiers/schema'

function About({ delivery }: { delivery: DeliveryView }) {
  const { alert_id, title } = delivery
  return (
    <span className="block">
      <span className="text-muted">{eventWords(delivery)}: </span>
      {alert_id === null ? (
        title
      ) : (
        <Link href={`/alerts/${alert_id}`} prefetch={false} className="hover:underline">
          {title}
        </Link>
      )}
    </span>
  )
}

/** Of what went in one message; the others are shown when somebody asks. */
const WRITTEN_OUT = 4

/** What went in one message shares its answer. */
function Line({ deliveries }: { deliveries: readonly [DeliveryView, ...DeliveryView[]] }) {
  const [delivery, ...others] = deliveries
  const [isWhole, setWhole] = useState(false)
  const { answer, attempts, created_at, next_attempt_at } = delivery
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-1 px-4 py-2.5 text-13 md:grid-cols-[minmax(0,1fr)_128px_112px]">
      <span className="min-w-0">
        {others.length > 0 && <span className="block font-medium">{deliveries.length} in one message</span>}
        {(isWhole ? deliveries : deliveries.slice(0, WRITTEN_OUT)).map((each) => (
          <About key={each.id} delivery={each} />
        ))}
        {!isWhole && deliveries.length > WRITTEN_OUT && (
          <button type="button" onClick={() => setWhole(true)} className="text-12 text-muted underline hover:text-ink">
            {deliveries.length - WRITTEN_OUT} more
          </button>
        )}
        {answer !== null && <span className="block break-words text-12 text-muted">{answer}</span>}
      </span>
      <span className="text-12 text-muted" suppressHydrationWarning>
        <Status {...deliveryStatus(delivery)} />
        {attempts > 1 && <span className="block">{attempts} attempts</span>}
        {next_attempt_at !== null && attempts > 0 && (
          <span className="block">
            next <RelativeTime at={next_attempt_at} />
          </span>
        )}
      </span>
      <RelativeTime at={created_at} className="text-12 text-muted max-md:col-span-2 md:text-right" />
    </li>
  )
}

/** Each where the first of it stands. */
function messagesIn(deliveries: readonly DeliveryView[]): (readonly [DeliveryView, ...DeliveryView[]])[] {
  return [...Map.groupBy(deliveries, ({ message_id: id }) => id).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, ...others] as const],
  )
}

/** The latest messages of a notifier, and what has become of them. */
export function Deliveries({ id }: { id: string }) {
  const { data } = useQuery({ ...deliveryList(id), refetchInterval: usePollInterval() })
  const more = (data?.total ?? 0) - (data?.data.length ?? 0)
  return (
    <Panel title="Messages" flush>
      {data && data.data.length === 0 && (
        <p className="px-4 py-6 text-13 text-muted">None so far. Test it to see whether they arrive.</p>
      )}
      {data && data.data.length > 0 && (
        <ol className="divide-y divide-line">
          {messagesIn(data.data).map((deliveries) => (
            <Line key={deliveries[0].id} deliveries={deliveries} />
          ))}
        </ol>
      )}
      {more > 0 && <p className="border-t border-line px-4 py-2 text-12 text-muted">{more} older ones</p>}
    </Panel>
  )
}
