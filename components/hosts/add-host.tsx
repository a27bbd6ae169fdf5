'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { LearnMore } from '@/components/help/learn-more'
import { InstallTools } from '@/components/hosts/install-tools'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Note, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status, StatusShape } from '@/components/ui/status'
import type { HostRow, JoinInstructions } from '@/lib/hosts/schema'
import { hostStatus } from '@/lib/hosts/words'

/** The stream tells of new hosts; this covers the time in which it may be away. */
const WATCH_MS = 3000

function isLoopback(url: string): boolean {
  return /^https:\/\/(127\.|localhost|\[::1\])/.test(url)
}

function Arrived({ host }: { host: HostRow }) {
  return (
    <div className="space-y-3">
      <div className="flex items-center justify-between gap-3 rounded-lg border border-line px-4 py-3">
        <span className="min-w-0">
          <span className="block truncate text-14 font-medium">{host.name}</span>
          <span className="block truncate text-12 text-muted">{host.distribution ?? host.address}</span>
        </span>
        <Status {...hostStatus(host)} />
      </div>
      {host.status === 'online' && host.missing_tools.length > 0 && <InstallTools host={host} />}
      {host.status === 'online' && host.missing_tools.length === 0 && (
        <Note title="It has everything it needs.">You can mount storage on it now.</Note>
      )}
    </div>
  )
}

/** One command to paste, and the host appears by itself. */
export function AddHost({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [known, setKnown] = useState<ReadonlySet<string> | null>(null)
  const { data: hosts } = useQuery({ ...hostList(), refetchInterval: open ? WATCH_MS : false })
  const enroll = useAction<void, JoinInstructions>({
    run: () => requestOne<JoinInstructions>('/api/v1/hosts/enroll', { method: 'POST', body: {} }),
    topics: [],
    quiet: true,
  })
  const { mutate, data: instructions, error, reset, isIdle } = enroll

  useEffect(() => {
    if (open && isIdle) mutate()
  }, [open, isIdle, mutate])
  useEffect(() => {
    if (open && known === null && hosts) setKnown(new Set(hosts.data.map((host) => host.id)))
    if (!open && known !== null) setKnown(null)
  }, [open, known, hosts])
  const arrived = useMemo(
    () => (known ? (hosts?.data ?? []).filter((host) => !known.has(host.id)) : []),
    [hosts, known],
  )

  function close(next: boolean) {
    if (!next) reset()
    onOpenChange(next)
  }
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      size="md"
      startsAtTitle
      title="Add a host"
      description="Run this once as root on the Linux host that is to mount storage."
      footer={
        <Button variant={arrived.length > 0 ? 'primary' : 'secondary'} onClick={() => close(false)}>
          {arrived.length > 0 ? 'Done' : 'Close'}
        </Button>
      }
    >
      <div className="space-y-4">
        {error && <ProblemNote error={error} />}
        {!instructions && !error && <Skeleton className="h-20 w-full" />}
        {instructions && isLoopback(instructions.url) && (
          <Note kind="warning" title="Other machines cannot reach this address.">
            Start Holdfast with <span className="font-mono">HOLDFAST_HOST=0.0.0.0</span>, or set{' '}
            <span className="font-mono">HOLDFAST_FLEET_HOST</span> and{' '}
            <span className="font-mono">HOLDFAST_FLEET_URL</span>, and make a new command.
          </Note>
        )}
        {instructions && (
          <>
            <CodeBlock text={instructions.install_command ?? instructions.command} label="Command" />
            <p className="text-12 text-muted">
              {instructions.install_command === null
                ? 'It needs the agent installed already. '
                : 'It fetches the agent from this controller, checks it, installs it as a service and joins. '}
              <LearnMore href="/help/agent#on-a-host" about="the agent on a host" /> It works once and ends{' '}
              <RelativeTime at={instructions.expires_at} />. The host makes its own key; the fingerprint in the command
              lets it recognise this controller.
            </p>
          </>
        )}
        <div aria-live="polite">
          {arrived.length === 0 && instructions && (
            <p className="flex items-center gap-2.5 rounded-lg border border-line border-dashed px-4 py-3 text-13 text-muted">
              <StatusShape tone="working" />
              Waiting for the host
            </p>
          )}
          {arrived.map((host) => (
            <Arrived key={host.id} host={host} />
          ))}
        </div>
      </div>
    </Dialog>
  )
}
