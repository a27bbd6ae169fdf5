'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable, Unplug } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { CauseBanner } from '@/components/data/cause-banner'
import { type Cause, causesOf } from '@/components/data/causes'
import { Evidence } from '@/components/data/evidence'
import { hostList, isRunning, operationOne } from '@/components/data/queries'
import { requestOne, WATCHED } from '@/components/data/request'
import { useMay } from '@/components/layout/person'
import { OperationLog } from '@/components/operations/operation-log'
import { operationStatus } from '@/components/operations/status'
import { ReviewChange, type Reviewed } from '@/components/plans/review-change'
import { Button } from '@/components/ui/button'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { Field } from '@/components/ui/field'
import { SinceTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { Status, StatusBadge } from '@/components/ui/status'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import { connectionStatus } from '@/lib/backends/connection-status'
import type { BackendView, ConnectionView } from '@/lib/backends/schema'
import type { OperationRow } from '@/lib/operations/schema'
import { TONE_ORDER } from '@/lib/tones'

type Verb = 'connect' | 'disconnect'

const KINDS = new Set(['backend.connect', 'backend.disconnect'])

/** The latest of the operations that opened or closed this backend somewhere. */
function latestConnection(operations: readonly OperationRow[] | undefined): string | undefined {
  return operations?.find((operation) => KINDS.has(operation.kind))?.id
}

function Outcome({ id, connections }: { id: string; connections: readonly ConnectionView[] }) {
  const { data: operation } = useQuery(operationOne(id))
  if (!operation) return null
  const [on] = operation.hosts
  const host = on?.host_name
  // Said with the host above already.
  const isSaid = connections.some(({ host_id, message }) => {
    return host_id === on?.host_id && message !== null && operation.error?.message === message
  })
  return (
    <Panel
      title={host ? `${operation.title} on ${host}` : operation.title}
      action={<Status {...operationStatus(operation.status)} />}
    >
      <div className="space-y-4">
        {operation.error && !isSaid && (
          <Note kind="critical" title={operation.error.message}>
            {operation.error.recovery}
          </Note>
        )}
        <OperationLog operation={operation} />
      </div>
    </Panel>
  )
}

/** What goes on by itself, so that nobody need do it. */
function whatFollows({ desired, state, details }: ConnectionView): string | null {
  const stood = Object.keys(details).length > 0
  if (state === 'unknown') return 'What the host said last is shown; it is looked at again when the host returns.'
  if (desired === 'disconnected') return 'The disconnect is tried again until it succeeds.'
  if (state === 'error' && stood) return 'The host goes on trying to open it again.'
  if (state === 'error')
    return 'It was never open here, so it is not tried again by itself: connect again when the cause is gone.'
  return state === 'disconnected' ? 'It is connected as soon as the host can be asked.' : null
}

/** What several hosts say alike. */
function sharedCauses(connections: readonly ConnectionView[]): Cause<ConnectionView>[] {
  const failing = connections.filter(({ state, message }) => state === 'error' && message !== null)
  const causes = causesOf(failing, ({ message, advice, explanation }) => ({ error: message, advice, explanation }))
  return causes.filter(({ entries }) => entries.length > 1)
}

function State({ connection: { state, summary, since, details } }: { connection: ConnectionView }) {
  const stood = Object.keys(details).length > 0
  return (
    <p className="text-13 text-muted">
      {state === 'connected' ? summary : stood ? 'What it was when it was last well is below.' : null}
      {since && (
        <>
          {' '}
          In this state <SinceTime at={since} />.
        </>
      )}
    </p>
  )
}

function OnHost({
  connection,
  isSaidAbove,
  busy,
  act,
}: {
  connection: ConnectionView
  /** What is wrong here, and what to do, stands above all hosts. */
  isSaidAbove: boolean
  busy: boolean
  act: ((verb: Verb, hostId: string) => void) | undefined
}) {
  const { host_id, host_name, desired, state, message, advice } = connection
  const details = Object.entries(connection.details)
  const follows = whatFollows(connection)
  return (
    <Panel
      title={
        <Link href={`/hosts/${host_id}`} className="hover:underline">
          {host_name}
        </Link>
      }
      action={<StatusBadge {...connectionStatus(connection)} />}
    >
      <div className="space-y-4">
        <State connection={connection} />
        {message && !isSaidAbove && (
          <Note kind={state === 'error' ? 'critical' : 'warning'} title={message}>
            {advice}
            <Evidence explanation={connection.explanation} className="mt-1" />
          </Note>
        )}
        {follows && <p className="max-w-[68ch] text-13 text-muted">{follows}</p>}
        {details.length > 0 && <Facts items={details} />}
        {act && (
          <div className="flex flex-wrap gap-2">
            {(state === 'error' || state === 'disconnected' || desired === 'disconnected') && (
              <Button icon={Cable} disabled={busy} onClick={() => act('connect', host_id)}>
                Connect again
              </Button>
            )}
            <Button icon={Unplug} disabled={busy} onClick={() => act('disconnect', host_id)}>
              Disconnect
            </Button>
          </div>
        )}
      </div>
    </Panel>
  )
}

/** What will run on the host, before it does; how it goes is then shown on the page itself. */
function ReviewConnection({
  backend,
  verb,
  hostId,
  onSent,
  onClose,
}: {
  backend: BackendView
  verb: Verb
  hostId: string
  onSent: (operation: string) => void
  onClose: () => void
}) {
  const words = verb === 'connect' ? 'Connect' : 'Disconnect'
  async function send({ headers }: Reviewed): Promise<string[]> {
    const { id } = await requestOne<OperationRow>(`/api/v1/storage/backends/${backend.id}/${verb}`, {
      method: 'POST',
      body: { host_id: hostId },
      headers: { ...headers, ...WATCHED },
    })
    onSent(id)
    return [id]
  }
  return (
    <ReviewChange
      title={`${words} ${backend.name}`}
      change={{ action: verb, backend_id: backend.id, change: { host_id: hostId } }}
      apply={{ label: words }}
      send={send}
      onClose={onClose}
      onApplied={onClose}
    />
  )
}

/** Opens it on a host that does not have it yet. */
function OpenOnHost({
  backend,
  busy,
  onConnect,
}: {
  backend: BackendView
  busy: boolean
  onConnect: (hostId: string) => void
}) {
  const { data: hosts } = useQuery(hostList())
  const [chosen, setChosen] = useState('')
  const taken = new Set(backend.connections.map(({ host_id }) => host_id))
  const usable = (hosts?.data ?? []).filter(({ id }) => !taken.has(id))
  const hostId = usable.some(({ id }) => id === chosen) ? chosen : (usable[0]?.id ?? '')
  if (usable.length === 0) return null
  return (
    <Panel title={taken.size === 0 ? 'Open on a host' : 'Open on another host'}>
      <div className="space-y-4">
        <p className="max-w-[68ch] text-13 text-muted">
          Connecting opens the storage on a host and keeps it open, also after restarts, so that volumes can be made in
          it. Nothing is mounted. Disconnecting leaves nothing behind on the host, and is refused while a volume is in
          use.
        </p>
        <Field label="Host" className="max-w-80">
          {(attributes) => (
            <Select
              {...attributes}
              value={hostId}
              onChange={setChosen}
              choices={usable.map((host) => ({ value: host.id, label: host.name }))}
            />
          )}
        </Field>
        <Button icon={Cable} variant="primary" disabled={hostId === '' || busy} onClick={() => onConnect(hostId)}>
          Connect
        </Button>
      </div>
    </Panel>
  )
}

/** Where a block storage is open, what is wrong with it there, and the buttons to open and close it, with the log as it grows. */
export function BackendConnection({
  backend,
  operations,
}: {
  backend: BackendView
  operations: readonly OperationRow[] | undefined
}) {
  const canWrite = useMay('mounts.write')
  const [watched, setWatched] = useUrlParameter('operation')
  const shown = watched || latestConnection(operations)
  const { data: current } = useQuery({ ...operationOne(shown ?? ''), enabled: shown !== undefined && shown !== '' })
  const [reviewed, setReviewed] = useState<{ verb: Verb; hostId: string } | null>(null)
  const act = (verb: Verb, hostId: string) => setReviewed({ verb, hostId })
  const rank = (connection: ConnectionView) => TONE_ORDER.indexOf(connectionStatus(connection).tone)
  const connections = backend.connections.toSorted((a, b) => rank(a) - rank(b))
  const shared = sharedCauses(connections)
  const saidAbove = new Set(shared.flatMap(({ entries }) => entries))
  const busy = current !== undefined && KINDS.has(current.kind) && isRunning(current)
  return (
    <div className="grid items-start gap-5">
      {shared.map((cause) => (
        <CauseBanner key={cause.key} cause={cause} nameOf={({ host_name }) => host_name} />
      ))}
      {connections.map((connection) => (
        <OnHost
          key={connection.host_id}
          connection={connection}
          isSaidAbove={saidAbove.has(connection)}
          busy={busy}
          act={canWrite ? act : undefined}
        />
      ))}
      {canWrite && <OpenOnHost backend={backend} busy={busy} onConnect={(hostId) => act('connect', hostId)} />}
      {!canWrite && connections.length === 0 && (
        <Note title="It is open on no host">An operator or administrator can connect it.</Note>
      )}
      {shown && <Outcome id={shown} connections={backend.connections} />}
      {reviewed && (
        <ReviewConnection backend={backend} {...reviewed} onSent={setWatched} onClose={() => setReviewed(null)} />
      )}
    </div>
  )
}
