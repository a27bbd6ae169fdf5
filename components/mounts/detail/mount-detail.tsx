'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { BackendType } from '@/components/backends/backend-type'
import { Evidence } from '@/components/data/evidence'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { isRunning, mountOne, operationOne, operationsOf } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { driftWord } from '@/components/mounts/detail/drift-choice'
import { MainButton, MoreActions, type MountDialog, WorkingLink } from '@/components/mounts/detail/mount-actions'
import { MountConsumers } from '@/components/mounts/detail/mount-consumers'
import { MountEvents } from '@/components/mounts/detail/mount-events'
import { MountHosts } from '@/components/mounts/detail/mount-hosts'
import { SeenLast } from '@/components/mounts/seen-last'
import { useSync } from '@/components/mounts/use-sync'
import { OperationList } from '@/components/operations/operation-list'
import { OperationLog } from '@/components/operations/operation-log'
import { operationStatus } from '@/components/operations/status'
import { ButtonLink } from '@/components/ui/button'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status, StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import { wordOfMount } from '@/lib/mounts/state'

const EditMount = dynamic(() => import('@/components/mounts/forms/edit-mount').then((module) => module.EditMount), {
  ssr: false,
})
const Duplicate = dynamic(() => import('@/components/data/duplicate').then((module) => module.Duplicate), {
  ssr: false,
})
const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const DeleteMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.DeleteMount), {
  ssr: false,
})

import type { MountView } from '@/lib/mounts/schema'
import type { OperationRow } from '@/lib/operations/schema'

function LatestOperation({ row }: { row: OperationRow }) {
  const { data } = useQuery(operationOne(row.id))
  if (!data) return null
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-13">
        <Link href={`/operations/${row.id}`} prefetch={false} className="font-medium hover:underline">
          {row.title}
        </Link>
        <Status {...operationStatus(data.status)} />
        <span className="text-muted">
          by {row.requested_by}, <RelativeTime at={row.created_at} />
        </span>
      </p>
      {data.error && (
        <Note kind="critical" title={data.error.message}>
          {data.error.recovery}
          <Evidence explanation={data.error.explanation} className="mt-1" />
        </Note>
      )}
      <OperationLog operation={data} />
    </div>
  )
}

/** Whom the mount is for. */
function targetWords({ targets, target_labels, hosts }: MountView): string {
  if (targets === 'all') return 'All, present and future'
  if (targets === 'hosts') return hosts.length === 1 ? '1 chosen host' : `${hosts.length} chosen hosts`
  const pairs = Object.entries(target_labels).map(([key, value]) => (value === '' ? key : `${key}=${value}`))
  return `With the label${pairs.length > 1 ? 's' : ''} ${pairs.join(', ')}`
}

/** What the hosts and the server agreed on; nothing where it is not known. */
function protocolOf({ hosts }: MountView): [string, string][] {
  const spoken = Map.groupBy(
    hosts.flatMap(({ protocol }) => (protocol === null ? [] : [protocol])),
    (protocol) => protocol,
  )
  const words = [...spoken].map(([protocol, on]) => (spoken.size > 1 ? `${protocol} on ${on.length}` : protocol))
  return words.length === 0 ? [] : [['Protocol', words.join(', ')]]
}

function About({ mount }: { mount: MountView }) {
  return (
    <Panel title="About">
      <Facts
        items={[
          [
            'Backend',
            <Link
              key="backend"
              href={`/backends/${mount.backend.id}`}
              prefetch={false}
              className="font-medium text-accent hover:underline"
            >
              {mount.backend.name}
            </Link>,
          ],
          ['Type', <BackendType key="type" type={mount.type} />],
          ['Source', <Mono key="source" text={mount.source} copy />],
          ['Mount point', <Mono key="path" text={mount.mount_point} copy />],
          ['Hosts', targetWords(mount)],
          ['Access', mount.read_only ? 'Read only' : 'Read and write'],
          ['Changed on a host', driftWord(mount.on_drift)],
          ...protocolOf(mount),
          ['Options', <Mono key="options" text={mount.asked_options} copy />],
          ['At boot', mount.auto_mount ? 'Mounted by the host itself' : 'Not mounted'],
          ['Created', <RelativeTime key="created" at={mount.created_at} />],
          ['Changed', <RelativeTime key="changed" at={mount.updated_at} />],
          ['Id', <Mono key="id" text={mount.id} copy />],
        ]}
      />
    </Panel>
  )
}

/** A rollout has not reached all hosts: changes wait for a person's decision about it. */
function HeldNote({ mount }: { mount: MountView }) {
  const held = mount.hosts.filter((entry) => entry.held_by !== null)
  const operation = held[0]?.held_by
  if (!operation) return null
  return (
    <Note
      kind="info"
      title={`A rollout has not reached ${held.length === 1 ? '1 host' : `${held.length} hosts`} yet.`}
      action={
        <ButtonLink href={`/operations/${operation}`} size="sm">
          Show rollout
        </ButtonLink>
      }
    >
      Nothing is sent to them until their wave begins, and the mount cannot be changed meanwhile.
    </Note>
  )
}

export function MountDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const router = useRouter()
  const { data: mount, error } = useQuery({ ...mountOne(id), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const syncing = useSync()
  const canWrite = useMay('mounts.write')
  const [dialog, setDialog] = useState<MountDialog | null>(null)
  if (isGone(error)) return <Gone noun="mount" list="Mounts" href="/mounts" />
  if (!mount) return null
  const latest = operations?.data[0]
  const working = latest !== undefined && isRunning(latest)

  return (
    <Page
      crumbs={[{ label: 'Mounts', href: '/mounts' }, { label: mount.name }]}
      title={mount.name}
      status={<StatusBadge {...wordOfMount(mount)} />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          <Mono text={mount.source} copy />
          <span aria-hidden>→</span>
          <Mono text={mount.mount_point} copy />
          <SeenLast hosts={mount.hosts} />
        </span>
      }
      actions={
        canWrite && (
          <>
            {latest && working ? (
              <WorkingLink row={latest} desired={mount.desired_state} />
            ) : (
              <MainButton mount={mount} syncing={syncing} onOpen={setDialog} />
            )}
            <MoreActions mount={mount} syncing={syncing} onOpen={setDialog} />
          </>
        )
      }
    >
      <Tabs
        label="About this mount"
        tabs={[
          {
            id: 'overview',
            label: 'Hosts',
            count: mount.hosts.length,
            content: (
              <div className="space-y-5">
                {mount.removing && (
                  <Note>It is being unmounted and deleted. It disappears when every host has answered.</Note>
                )}
                <HeldNote mount={mount} />
                <MountHosts mount={mount} syncing={syncing} />
                {latest && <LatestOperation row={latest} />}
              </div>
            ),
          },
          { id: 'users', label: 'Used by', content: <MountConsumers mount={mount} /> },
          {
            id: 'history',
            label: 'History',
            content: (
              <div className="space-y-5">
                <MountEvents mount={mount} />
                <section className="panel" aria-label="What was done">
                  <h2 className="border-b border-line px-4 py-2 text-13 font-medium">What was done</h2>
                  <OperationList operations={operations?.data} limit={50} />
                </section>
              </div>
            ),
          },
          { id: 'about', label: 'About', content: <About mount={mount} /> },
          { id: 'raw', label: 'Raw', content: <CodeBlock text={JSON.stringify(mount, null, 2)} label="JSON" /> },
        ]}
      />
      {syncing.review}
      {dialog === 'duplicate' && (
        <Duplicate
          noun="mount"
          name={mount.name}
          url={`/api/v1/storage/mounts/${id}`}
          suggestion={`${mount.name}-copy`.slice(0, 63)}
          note="For the same hosts, at /mnt/ and its name. It is only written down; you mount it when you want."
          onClose={() => setDialog(null)}
          onMade={(made) => router.push(`/mounts/${made}`)}
        />
      )}
      {(dialog === 'mount' || dialog === 'unmount') && (
        <ActOnMount mount={mount} verb={dialog} onClose={() => setDialog(null)} />
      )}
      {dialog === 'edit' && <EditMount mount={mount} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <DeleteMount mount={mount} onClose={() => setDialog(null)} onDeleted={() => router.push('/mounts')} />
      )}
    </Page>
  )
}
