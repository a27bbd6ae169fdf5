'use client'

import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Send, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { LearnMore } from '@/components/help/learn-more'
import { useMay } from '@/components/layout/person'
import { heartbeatOne } from '@/components/notifiers/notifier-queries'
import { everyWords, heartbeatStatus } from '@/components/notifiers/notifier-words'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { HeartbeatView } from '@/lib/heartbeat/schema'

const HeartbeatForm = dynamic(
  () => import('@/components/notifiers/heartbeat-form').then((module) => module.HeartbeatForm),
  { ssr: false },
)

const PATH = '/api/v1/system/heartbeat'
const TITLE = "Dead-man's switch"

/** An outside address that is pinged while Holdfast is well, or the way to one. */
export function HeartbeatPanel() {
  const { data: heartbeat } = useQuery({ ...heartbeatOne(), refetchInterval: usePollInterval() })
  const [open, setOpen] = useState<'form' | 'remove' | null>(null)
  const close = () => setOpen(null)
  const may = useMay('notifiers.write')
  if (heartbeat === undefined) return null
  return (
    <Panel
      title={TITLE}
      {...(heartbeat === null ? {} : { action: <Status {...heartbeatStatus(heartbeat)} className="text-13" /> })}
    >
      {heartbeat === null ? (
        <p className="text-13 text-muted">
          Who watches Holdfast? An outside service that is pinged every minute while all is well here tells you when the
          pings stay away: when this machine, its network or its database is gone.{' '}
          <LearnMore href="/help/monitoring#who-watches-holdfast" about="the dead-man's switch" />
        </p>
      ) : (
        <Overview heartbeat={heartbeat} />
      )}
      {may && (
        <div className="mt-4 flex flex-wrap gap-2">
          {heartbeat === null ? (
            <Button icon={Plus} onClick={() => setOpen('form')}>
              Set it up
            </Button>
          ) : (
            <Actions onChange={() => setOpen('form')} onRemove={() => setOpen('remove')} />
          )}
        </div>
      )}
      {open === 'form' && <HeartbeatForm heartbeat={heartbeat} onClose={close} />}
      {open === 'remove' && <RemoveHeartbeat onClose={close} />}
    </Panel>
  )
}

function Overview({ heartbeat }: { heartbeat: HeartbeatView }) {
  const { target, every_minutes, taken_at, failed_since, answer, withheld_since, withheld } = heartbeat
  return (
    <div className="space-y-3">
      {withheld_since !== null && (
        <Note kind="critical" title="Holdfast is not well, and does not ping">
          Since <RelativeTime at={withheld_since} />. {withheld}
        </Note>
      )}
      {failed_since !== null && (
        <Note kind="warning" title="No ping is taken">
          Since <RelativeTime at={failed_since} />. {answer}
        </Note>
      )}
      <Facts
        items={[
          ['Pings', `${target}, ${everyWords(every_minutes)}`],
          ['Taken last', taken_at === null ? 'none so far' : <RelativeTime key="taken" at={taken_at} />],
          ...(failed_since === null && answer !== null ? [['Answer', answer] as const] : []),
        ]}
      />
    </div>
  )
}

function Actions({ onChange, onRemove }: { onChange: () => void; onRemove: () => void }) {
  const test = useAction<void, HeartbeatView>({
    run: () => requestOne<HeartbeatView>(`${PATH}/test`, { method: 'POST' }),
    topics: ['notifier'],
    // Why it was not stands above.
    done: ({ failed_since }) => (failed_since === null ? 'The ping was taken' : null),
    quiet: true,
  })
  return (
    <>
      <Button size="sm" icon={Send} pending={test.isPending} onClick={() => test.mutate()}>
        Ping now
      </Button>
      <Button size="sm" icon={Pencil} onClick={onChange}>
        Change
      </Button>
      <Button size="sm" icon={Trash2} onClick={onRemove}>
        Remove
      </Button>
      {test.isError && <ProblemNote error={test.error} className="basis-full" />}
    </>
  )
}

function RemoveHeartbeat({ onClose }: { onClose: () => void }) {
  const remove = useAction<void, void>({
    run: () => request(PATH, { method: 'DELETE' }),
    topics: ['notifier'],
    done: () => "The dead-man's switch is removed",
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Remove the dead-man's switch?"
      description="Whoever waits for its pings outside will miss them, and believe that Holdfast is down: end it there too."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </>
      }
    />
  )
}
