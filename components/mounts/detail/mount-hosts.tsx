'use client'

import { useState } from 'react'
import { CauseBanner } from '@/components/data/cause-banner'
import type { Cause } from '@/components/data/causes'
import { HostFilter, HostListEnd, useHostFilter } from '@/components/hosts/host-filter'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { type AskedOnHost, HostDialogs } from '@/components/mounts/detail/host-dialogs'
import { HostEntry, hostGrid } from '@/components/mounts/detail/host-entry'
import { HelpButtons } from '@/components/mounts/detail/host-trouble'
import { helpOnHost, isRefused } from '@/components/mounts/help'
import { sharedCauses } from '@/components/mounts/shared-causes'
import type { useSync } from '@/components/mounts/use-sync'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isWrong, wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER } from '@/lib/tones'

/** So many hosts are drawn before "show all". */
const DRAWN = 25

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** What needs a person first, then what is not known or on its way. */
function rankOf(entry: MountOnHostView): number {
  return TONE_ORDER.indexOf(wordOnHost(entry).tone)
}

function hostIdsOf({ entries }: Cause<MountOnHostView>): string[] {
  return entries.map(({ host_id }) => host_id)
}

function SharedCause({
  mount,
  cause,
  syncing,
}: {
  mount: MountView
  cause: Cause<MountOnHostView>
  syncing: ReturnType<typeof useSync>
}) {
  const hostIds = hostIdsOf(cause)
  // When all that fail fail with this, the main button of the page is its retry.
  const failing = mount.hosts.filter((entry) => !entry.removing && helpOnHost(entry).includes('retry'))
  const isAll = failing.length === hostIds.length
  const help = [...new Set(cause.entries.flatMap(helpOnHost))].filter((one) => !(isAll && one === 'retry'))
  const attempt = syncing.attemptOf({ mount, hostIds })
  return (
    <CauseBanner cause={cause} nameOf={({ host_name }) => host_name}>
      {attempt && <AttemptNote operationId={attempt.operationId} isBrief className="mt-2 text-ink" />}
      <div className="mt-2 flex flex-wrap gap-1.5 text-ink empty:hidden">
        <HelpButtons
          help={help}
          backendId={mount.backend.id}
          retryLabel={`Retry on ${hostIds.length} hosts`}
          pending={syncing.isPending}
          onRetry={() => syncing.sync({ mount, hostIds })}
        />
      </div>
    </CauseBanner>
  )
}

interface Props {
  mount: MountView
  syncing: ReturnType<typeof useSync>
}

/** What several hosts say alike, and what came of the retries that were asked for several at once. */
function AboveHosts({ mount, syncing, shared }: Props & { shared: readonly Cause<MountOnHostView>[] }) {
  // Of hosts with several causes, or of none any more. That of one host stands with it.
  const elsewhere = syncing.attempts.filter(
    ({ hostIds }) => hostIds?.length !== 1 && !shared.some((cause) => hostIdsOf(cause).join() === hostIds?.join()),
  )
  return (
    <>
      {elsewhere.map(({ operationId }) => (
        <AttemptNote key={operationId} operationId={operationId} />
      ))}
      {shared.map((cause) => (
        <SharedCause key={cause.key} mount={mount} cause={cause} syncing={syncing} />
      ))}
    </>
  )
}

/** The one button for all that fail and that a command may put right, where there is not one above already. */
function BringAll({ mount, syncing, saidAbove }: Props & { saidAbove: ReadonlySet<string> }) {
  const canWrite = useMay('mounts.write')
  const wrong = mount.hosts.filter((entry) => !entry.removing && isWrong(entry))
  const failed = wrong.filter((entry) => !isRefused(entry)).map((entry) => entry.host_id)
  const refused = wrong.length - failed.length
  const isAllSaid = saidAbove.size > 0 && failed.every((hostId) => saidAbove.has(hostId))
  if (!canWrite || mount.hosts.length < 2 || failed.length === 0 || isAllSaid) return null
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2 text-13">
      <span className="text-muted">
        {wrong.length === 1 ? '1 host is' : `${wrong.length} hosts are`} not as wanted.
        {refused > 0 && ` On ${refused} of them something else is mounted, which has to be unmounted there.`}
      </span>
      <Button size="sm" pending={syncing.isPending} onClick={() => syncing.sync({ mount, hostIds: failed })}>
        Bring to wanted state
      </Button>
    </div>
  )
}

function Head({ hasFigures }: { hasFigures: boolean }) {
  return (
    <div className={cn(hostGrid(hasFigures), 'border-b border-line px-4 py-2 text-12 text-muted max-md:hidden')}>
      <span>Host</span>
      <span>Wanted</span>
      <span>Found</span>
      {hasFigures && <span>Used</span>}
    </div>
  )
}

function NoHost({ mount: { targets } }: Pick<Props, 'mount'>) {
  return (
    <p className="px-4 py-3 text-13 text-muted">
      No host has it yet. {targets === 'labels' && 'Hosts get it as soon as they carry its labels.'}
      {targets === 'all' && 'Every host that joins gets it.'}
    </p>
  )
}

/** Wanted against found, host by host, the different ones first. */
export function MountHosts({ mount, syncing }: Props) {
  const { sync, attemptOf } = syncing
  const [asked, setAsked] = useState<AskedOnHost | null>(null)
  const [all, setAll] = useState(false)
  const hasFigures = useStorageTypes().find(({ id }) => id === mount.type)?.scope === 'host'
  const { shown, isLong, filter } = useHostFilter(mount.hosts)
  const shared = sharedCauses(mount.hosts, (entry) => entry)
  const saidAbove = new Set(shared.flatMap((cause) => cause.entries.map(({ host_id }) => host_id)))
  const entries = shown.toSorted((a, b) => rankOf(a) - rankOf(b) || collator.compare(a.host_name, b.host_name))
  const drawn = all ? entries : entries.slice(0, DRAWN)
  return (
    <div className="space-y-5">
      <AboveHosts mount={mount} syncing={syncing} shared={shared} />
      <section className="panel" aria-label="Hosts">
        <BringAll mount={mount} syncing={syncing} saidAbove={shared.length === 1 ? saidAbove : new Set()} />
        {isLong && <HostFilter {...filter} />}
        <Head hasFigures={hasFigures} />
        <ul className="divide-y divide-line">
          {drawn.map((entry) => (
            <HostEntry
              key={entry.host_id}
              mount={mount}
              entry={entry}
              hasFigures={hasFigures}
              isSaidAbove={saidAbove.has(entry.host_id)}
              attempt={attemptOf({ mount, hostIds: [entry.host_id] })?.operationId}
              onDo={(deed) => {
                if (deed === 'retry') sync({ mount, hostIds: [entry.host_id] })
                else setAsked({ deed, entry })
              }}
            />
          ))}
        </ul>
        {mount.hosts.length === 0 && <NoHost mount={mount} />}
        <HostListEnd
          total={mount.hosts.length}
          shown={entries.length}
          drawn={drawn.length}
          onAll={() => setAll(true)}
        />
        {asked && <HostDialogs mount={mount} asked={asked} onClose={() => setAsked(null)} />}
      </section>
    </div>
  )
}
