import { eventTone, eventWords } from '@/components/alerts/alert-words'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { AlertDetail, AlertEventView } from '@/lib/alerts/schema'

function Line({ event }: { event: AlertEventView }) {
  const { at, by, note, until } = event
  return (
    <li className="flex items-start gap-2.5 px-4 py-2 text-13">
      <StatusShape tone={eventTone(event)} className="mt-1" />
      <div className="min-w-0 flex-1">
        <p>
          {eventWords(event)}
          {until !== null && (
            <>
              {' until '}
              <RelativeTime at={until} />
            </>
          )}
          {by !== null && <span className="text-muted"> · {by}</span>}
        </p>
        {note !== null && <p className="break-words text-12 text-muted">{note}</p>}
      </div>
      <RelativeTime at={at} className="shrink-0 text-12 text-muted" />
    </li>
  )
}

/** What became of it and what people did, the latest first. */
export function AlertHistory({ alert }: { alert: AlertDetail }) {
  return (
    <Panel title="History" flush>
      <ol className="divide-y divide-line">
        {alert.events.toReversed().map((event) => (
          <Line key={`${event.at} ${event.kind}`} event={event} />
        ))}
        <li className="flex items-start gap-2.5 px-4 py-2 text-13">
          <StatusShape tone="unknown" className="mt-1" />
          <p className="min-w-0 flex-1 text-muted">Seen first</p>
          <RelativeTime at={alert.first_seen_at} className="shrink-0 text-12 text-muted" />
        </li>
      </ol>
    </Panel>
  )
}
