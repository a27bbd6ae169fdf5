'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { CauseBanner } from '@/components/data/cause-banner'
import type { Cause } from '@/components/data/causes'
import { useMay } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { HOST_GRID, HostEntry } from '@/components/mounts/detail/host-entry'
import { HelpButtons } from '@/components/mounts/detail/host-trouble'
import { helpOnHost } from '@/components/mounts/help'
import { sharedCauses } from '@/components/mounts/shared-causes'
import type { useSync } from '@/components/mounts/use-sync'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isWrong, wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER } from '@/lib/tones'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const AbandonMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.AbandonMount), {
  ssr: false,
})
const TakeOver = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.TakeOver), {
  ssr: false,
})
const HostOverrides = dynamic(
  () => import('@/components/mounts/detail/host-overrides').then((module) => module.HostOverrides),
  { ssr: false },
)

const CheckMount = dynamic(() => import('@/components/mounts/detail/check-mount').then((module) => module.CheckMount), {
  ssr: false,
})

/** So many hosts are drawn before "show all". */
const DRAWN = 50

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

/** Wanted against found, host by host, the different ones first. */
export function MountHosts({ mount, syncing }: { mount: MountView; syncing: ReturnType<typeof useSync> }) {
  const { sync, isPending, attemptOf } = syncing
  const [acting, setActing] = useState<{ verb: 'mount' | 'unmount'; hostId: string } | null>(null)
  const [abandoning, setAbandoning] = useState<string | null>(null)
  const [taking, setTaking] = useState<MountOnHostView | null>(null)
  const [checking, setChecking] = useState<MountOnHostView | null>(null)
  const [overriding, setOverriding] = useState<string | null>(null)
  const overridden = mount.hosts.find((entry) => entry.host_id === overriding)
  const [all, setAll] = useState(false)
  const entries = mount.hosts.toSorted((a, b) => rankOf(a) - rankOf(b))
  const shared = sharedCauses(mount.hosts, (entry) => entry)
  const saidAbove = new Set(shared.flatMap((cause) => cause.entries.map(({ host_id }) => host_id)))
  const shown = all ? entries : entries.slice(0, DRAWN)
  const canWrite = useMay('mounts.write')
  const failed = mount.hosts.filter((entry) => !entry.removing && isWrong(entry)).map((entry) => entry.host_id)
  // Of hosts with several causes, or of none any more. That of one host stands with it.
  const elsewhere = syncing.attempts.filter(
    ({ hostIds }) => hostIds?.length !== 1 && !shared.some((cause) => hostIdsOf(cause).join() === hostIds?.join()),
  )
  const isAllSaid = shared.length === 1 && failed.every((hostId) => saidAbove.has(hostId))
  return (
    <div className="space-y-5">
      {elsewhere.map(({ operationId }) => (
        <AttemptNote key={operationId} operationId={operationId} />
      ))}
      {shared.map((cause) => (
        <SharedCause key={cause.key} mount={mount} cause={cause} syncing={syncing} />
      ))}
      <section className="panel" aria-label="Hosts">
        {canWrite && mount.hosts.length > 1 && failed.length > 0 && !isAllSaid && (
          <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2 text-13">
            <span className="text-muted">
              {failed.length === 1 ? '1 host is' : `${failed.length} hosts are`} not as wanted.
            </span>
            <Button size="sm" pending={isPending} onClick={() => sync({ mount, hostIds: failed })}>
              Bring to wanted state
            </Button>
          </div>
        )}
        <div className={cn(HOST_GRID, 'border-b border-line px-4 py-2 text-12 text-muted max-md:hidden')}>
          <span>Host</span>
          <span>Wanted</span>
          <span>Found</span>
          <span>Used</span>
        </div>
        <ul className="divide-y divide-line">
          {shown.map((entry) => (
            <HostEntry
              key={entry.host_id}
              mount={mount}
              entry={entry}
              isSaidAbove={saidAbove.has(entry.host_id)}
              attempt={attemptOf({ mount, hostIds: [entry.host_id] })?.operationId}
              onRetry={() => sync({ mount, hostIds: [entry.host_id] })}
              onAct={(verb) => setActing({ verb, hostId: entry.host_id })}
              onCheck={() => setChecking(entry)}
              onOverride={() => setOverriding(entry.host_id)}
              onAbandon={() => setAbandoning(entry.host_id)}
              onTakeOver={() => setTaking(entry)}
            />
          ))}
        </ul>
        {entries.length === 0 && (
          <p className="px-4 py-3 text-13 text-muted">
            No host has it yet. {mount.targets === 'labels' && 'Hosts get it as soon as they carry its labels.'}
            {mount.targets === 'all' && 'Every host that joins gets it.'}
          </p>
        )}
        {shown.length < entries.length && (
          <button
            type="button"
            onClick={() => setAll(true)}
            className="h-10 w-full border-t border-line text-13 text-muted hover:bg-hover hover:text-ink"
          >
            Show all {entries.length} hosts
          </button>
        )}
        {overridden && <HostOverrides mount={mount} entry={overridden} onClose={() => setOverriding(null)} />}
        {checking && <CheckMount mount={mount} entry={checking} onClose={() => setChecking(null)} />}
        {acting && (
          <ActOnMount mount={mount} verb={acting.verb} hostIds={[acting.hostId]} onClose={() => setActing(null)} />
        )}
        {abandoning && <AbandonMount mount={mount} hostIds={[abandoning]} onClose={() => setAbandoning(null)} />}
        {taking && <TakeOver mount={mount} entry={taking} onClose={() => setTaking(null)} />}
      </section>
    </div>
  )
}
