import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { usePollInterval } from '@/components/data/live'
import { deliveryList } from '@/components/notifiers/notifier-queries'
import { deliveryStatus, eventWords } from '@/components/notifiers/notifier-words'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { DeliveryView } from '@/lib/notifiers/schema'

function Line({ delivery }: { delivery: DeliveryView }) {
  const { id, message_id, alert_id, title, answer, attempts, created_at, next_attempt_at } = delivery
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-1 px-4 py-2.5 text-13 md:grid-cols-[minmax(0,1fr)_128px_112px]">
      <span className="min-w-0">
        <span className="text-muted">{eventWords(delivery)}: </span>
        {alert_id === null ? (
          title
        ) : (
          <Link href={`/alerts/${alert_id}`} prefetch={false} className="hover:underline">
            {title}
          </Link>
        )}
        {answer !== null && <span className="block break-words text-12 text-muted">{answer}</span>}
      </span>
      <span className="text-12 text-muted" suppressHydrationWarning>
        <Status {...deliveryStatus(delivery)} />
        {message_id !== id && <span className="block">together with others</span>}
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
          {data.data.map((delivery) => (
            <Line key={delivery.id} delivery={delivery} />
          ))}
        </ol>
      )}
      {more > 0 && <p className="border-t border-line px-4 py-2 text-12 text-muted">{more} older ones</p>}
    </Panel>
  )
}
