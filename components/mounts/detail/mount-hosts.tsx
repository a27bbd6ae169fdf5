'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { HOST_GRID, HostEntry } from '@/components/mounts/detail/host-entry'
import { useSync } from '@/components/mounts/use-sync'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isAsWanted, isWrong } from '@/lib/mounts/state'

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

/** Wanted against found, host by host, the different ones first. */
export function MountHosts({ mount }: { mount: MountView }) {
  const { sync, isPending, review } = useSync()
  const [acting, setActing] = useState<{ verb: 'mount' | 'unmount'; hostId: string } | null>(null)
  const [abandoning, setAbandoning] = useState<string | null>(null)
  const [taking, setTaking] = useState<MountOnHostView | null>(null)
  const [checking, setChecking] = useState<MountOnHostView | null>(null)
  const [overriding, setOverriding] = useState<string | null>(null)
  const overridden = mount.hosts.find((entry) => entry.host_id === overriding)
  const [all, setAll] = useState(false)
  const entries = mount.hosts.toSorted((a, b) => Number(isAsWanted(a)) - Number(isAsWanted(b)))
  // The same advice on every host of a dead server is read once.
  const news = new Set([...Map.groupBy(entries, ({ advice }) => advice).values()].map(([first]) => first?.host_id))
  const shown = all ? entries : entries.slice(0, DRAWN)
  const canWrite = useMay('mounts.write')
  const failed = mount.hosts.filter((entry) => !entry.removing && isWrong(entry)).map((entry) => entry.host_id)
  return (
    <section className="panel" aria-label="Hosts">
      {canWrite && mount.hosts.length > 1 && failed.length > 0 && (
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
            isNews={news.has(entry.host_id)}
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
      {review}
      {overridden && <HostOverrides mount={mount} entry={overridden} onClose={() => setOverriding(null)} />}
      {checking && <CheckMount mount={mount} entry={checking} onClose={() => setChecking(null)} />}
      {acting && (
        <ActOnMount mount={mount} verb={acting.verb} hostIds={[acting.hostId]} onClose={() => setActing(null)} />
      )}
      {abandoning && <AbandonMount mount={mount} hostIds={[abandoning]} onClose={() => setAbandoning(null)} />}
      {taking && <TakeOver mount={mount} entry={taking} onClose={() => setTaking(null)} />}
    </section>
  )
}
