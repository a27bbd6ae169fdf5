'use client'

import { useState } from 'react'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { LearnMore } from '@/components/help/learn-more'
import { useMay } from '@/components/layout/person'
import { describeDifferences, summaryOf } from '@/components/overview/restored'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { AlertDialog } from '@/components/ui/dialog'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { HostDifferences, RestoredView } from '@/lib/restores/schema'

/** So many hosts are unfolded at once; more are easier to choose from. */
const UNFOLDED = 3

function HostEntry({ host, open }: { host: HostDifferences; open: boolean }) {
  const lines = describeDifferences(host)
  const heading = (
    <>
      <span className="font-medium">{host.host_name}</span> <span className="text-muted">{summaryOf(host)}</span>
    </>
  )
  if (lines.length === 0) return <li className="px-4 py-2 text-13">{heading}</li>
  return (
    <li>
      <details open={open}>
        <summary className="cursor-default px-4 py-2 text-13 hover:bg-hover">{heading}</summary>
        <ul className="space-y-1 px-4 pb-3 pl-9 text-13">
          {lines.map(({ id, name, place, what }) => (
            <li key={id} className="break-words">
              <span className="font-medium">{name}</span>
              {place && <span className="font-mono text-12 text-muted"> {place}</span>}
              <span className="text-muted">: {what}</span>
            </li>
          ))}
        </ul>
      </details>
    </li>
  )
}

function unmountWords(unknown: number): string {
  return unknown === 1
    ? 'Unmount the mount that the database does not know'
    : `Unmount the ${unknown} mounts that the database does not know`
}

/** The database was restored from a backup: what differs, host by host, and the one way on. */
export function RestoredNotice({ state }: { state: RestoredView }) {
  const mayConfirm = useMay('hosts.admin')
  const [asking, setAsking] = useState(false)
  const [unmounts, setUnmounts] = useState(false)
  const confirm = useAction<void, RestoredView>({
    run: () =>
      requestOne('/api/v1/installation/restored/confirm', {
        method: 'POST',
        body: { revision: state.revision, unknown_mounts: unmounts ? 'unmount' : 'keep' },
      }),
    topics: ['setting', 'mount', 'host'],
    done: () => 'Going on from the restored state',
    onSuccess: () => setAsking(false),
  })
  const unknown = state.hosts.flatMap((host) => host.unknown.filter(({ kind }) => kind === 'mount')).length
  const away = state.total_hosts - state.compared_hosts
  return (
    <section aria-labelledby="restored" className="panel">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5">
        <div className="flex min-w-0 items-start gap-2.5">
          <StatusShape tone="critical" title="critical" className="mt-1" />
          <h2 id="restored" className="text-13 font-semibold">
            Restored from a backup: nothing is changed on hosts
          </h2>
        </div>
        <RelativeTime at={state.found_at} className="text-12 text-muted" />
        <span className="flex-1" />
        {mayConfirm && (
          <Button size="sm" variant="primary" pending={state.confirmed !== null} onClick={() => setAsking(true)}>
            Go on from this state
          </Button>
        )}
      </header>
      <div className="space-y-1 px-4 py-3 text-13 text-muted">
        <p>
          Hosts have carried out changes that this database does not know (epoch {state.highest_epoch}, the database has{' '}
          {state.epoch}). Mounts go on working. Compare what differs; then an administrator goes on from this state, or
          puts a newer backup in its place. <LearnMore href="/help/database#restore" about="restored backups" />
        </p>
        {away > 0 && (
          <p>
            {away === 1 ? 'One host has' : `${away} hosts have`} not been compared: away, or with an agent that is too
            old to tell.
          </p>
        )}
      </div>
      {state.hosts.length > 0 && (
        <ul className="divide-y divide-line border-t border-line">
          {state.hosts.map((host) => (
            <HostEntry key={host.host_id} host={host} open={state.hosts.length <= UNFOLDED} />
          ))}
        </ul>
      )}
      <AlertDialog
        open={asking}
        onOpenChange={(open) => !open && setAsking(false)}
        title="Go on from the restored state?"
        description="The hosts are brought to what the database wants: newer changes are overruled, what was removed since is mounted again. It is written into the audit and cannot be taken back."
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Change nothing</Button>
            <Button variant="danger" pending={confirm.isPending} onClick={() => confirm.mutate()}>
              Go on
            </Button>
          </>
        }
      >
        {unknown > 0 && (
          <div className="mt-4 flex items-start gap-2.5 text-13">
            <Checkbox label={unmountWords(unknown)} checked={unmounts} onChange={setUnmounts} className="mt-0.5" />
            <span>{unmountWords(unknown)}. What is in use stays.</span>
          </div>
        )}
      </AlertDialog>
    </section>
  )
}
