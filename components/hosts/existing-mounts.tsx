'use client'

import { Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Suspense, useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Note, Panel } from '@/components/ui/feedback'
import { Badge, Status } from '@/components/ui/status'
import type { HostView } from '@/lib/hosts/schema'
import type { ExistingMountsView, ExistingMountView } from '@/lib/imports/existing-schema'
import type { StatusWord } from '@/lib/tones'

const AdoptMount = dynamic(() => import('@/components/hosts/adopt-mount').then((module) => module.AdoptMount), {
  ssr: false,
})

type Found = Extract<ExistingMountsView, { mounts: unknown }>

/** Storage on this host that somebody mounted by hand, or that its fstab names. The host is asked when a person wants to know. */
export function ExistingMounts({ host }: { host: HostView }) {
  const mayAsk = useMay('hosts.refresh')
  const [chosen, setChosen] = useState<ExistingMountView | null>(null)
  const look = useAction<void, ExistingMountsView>({
    run: () => requestOne<ExistingMountsView>(`/api/v1/hosts/${host.id}/existing-mounts`),
    topics: ['operation'],
    quiet: true,
  })
  if (!mayAsk || host.revoked_at) return null
  const found = look.data && 'mounts' in look.data ? look.data : null
  const isSlow = look.data !== undefined && found === null
  return (
    <Panel
      title="Mounts not managed here"
      flush={found !== null && found.mounts.length > 0}
      action={
        <Button size="sm" icon={Search} pending={look.isPending} onClick={() => look.mutate()}>
          {found ? 'Look again' : 'Look'}
        </Button>
      }
    >
      {look.isError && <ProblemNote error={look.error} />}
      {isSlow && (
        <Note kind="warning" title="The host has not answered yet">
          Try again in a moment.
        </Note>
      )}
      {!found && !look.isError && !isSlow && (
        <p className="text-13 text-muted">
          Shares that somebody mounted by hand or through /etc/fstab can be taken over as they are, without unmounting.
        </p>
      )}
      {found && <FoundMounts found={found} onAdopt={setChosen} />}
      {chosen && (
        <Suspense>
          <AdoptMount
            host={host}
            mount={chosen}
            onClose={() => setChosen(null)}
            onAdopted={() => {
              setChosen(null)
              look.mutate()
            }}
          />
        </Suspense>
      )}
    </Panel>
  )
}

function FoundMounts({
  found: { mounts, problems },
  onAdopt,
}: {
  found: Found
  onAdopt: (mount: ExistingMountView) => void
}) {
  return (
    <>
      {mounts.length === 0 && (
        <p className="text-13 text-muted">There is no other storage on this host, and none in its /etc/fstab.</p>
      )}
      {mounts.length > 0 && (
        <ul className="divide-y divide-line">
          {mounts.map((mount) => (
            <ExistingRow
              key={`${mount.mount_point} ${mount.fstab?.line}`}
              mount={mount}
              onAdopt={() => onAdopt(mount)}
            />
          ))}
        </ul>
      )}
      {problems.length > 0 && (
        <ul className="space-y-0.5 border-t border-line px-4 py-2.5 text-12 text-muted">
          {problems.map((problem) => (
            <li key={`${problem.file} ${problem.line}`}>
              {problem.file === 'fstab' ? '/etc/fstab' : 'The list of mounts'}, line {problem.line}: {problem.message}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function stateOf({ mounted, fstab }: ExistingMountView): StatusWord {
  if (mounted) return { tone: 'healthy', word: 'Mounted' }
  return { tone: 'off', word: fstab === null ? 'On demand' : 'In fstab only' }
}

function ExistingRow({ mount, onAdopt }: { mount: ExistingMountView; onAdopt: () => void }) {
  const mayAdopt = useMay('mounts.write')
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="break-all font-mono text-12 text-ink">{mount.mount_point}</span>
          <Badge mono>{mount.fs_type}</Badge>
          <Status {...stateOf(mount)} className="text-12" />
        </p>
        <p className="break-all font-mono text-12 text-muted">{mount.source}</p>
        {mount.reason && <p className="break-words text-12 text-muted">{mount.reason}</p>}
        {mount.existing_backend && (
          <p className="text-12 text-muted">
            Same as backend{' '}
            <Link href={`/backends/${mount.existing_backend.id}`} prefetch={false} className="underline">
              {mount.existing_backend.name}
            </Link>
            .
          </p>
        )}
      </div>
      {mount.action === 'adopt' && mayAdopt && (
        <Button size="sm" onClick={onAdopt} aria-label={`Adopt ${mount.mount_point}`}>
          Adopt
        </Button>
      )}
    </li>
  )
}
