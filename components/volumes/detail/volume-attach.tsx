'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plug } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { attachInfoOf, poolOne } from '@/components/data/queries'
import { wordOfPoolOnHost } from '@/components/pools/pool-words'
import { cn } from '@/components/ui/cn'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { EmptyState, Facts, Note, Panel, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { argumentLines, BUS_WORDS, CACHE_WORDS, hostsToAttach } from '@/components/volumes/attach-words'
import { MachinesFor } from '@/components/workloads/disks/machines-for'
import { BUSES, CACHE_MODES } from '@/lib/libvirt/disk'
import type { PoolView } from '@/lib/pools/schema'
import type { AttachView, VolumeView } from '@/lib/volumes/schema'

const AUTOMATIC = 'auto'

const BUS_CHOICES = BUSES.map((value) => ({ value, ...BUS_WORDS[value] }))
const CACHE_CHOICES = [
  { value: AUTOMATIC, label: 'Automatic', detail: 'What suits this kind of storage.' },
  ...CACHE_MODES.map((value) => ({ value, label: value, detail: CACHE_WORDS[value] })),
]

interface Wish {
  host: string
  bus: string
  cache: string
  target: string
}

/** What the API is asked for; what is left open there is chosen there. */
function askOf({ host, bus, cache, target }: Wish): Record<string, string> {
  const wanted = target.trim()
  return { host, bus, ...(cache === AUTOMATIC ? {} : { cache }), ...(wanted === '' ? {} : { target: wanted }) }
}

function placesOf(info: AttachView): (readonly [string, React.ReactNode])[] {
  const image = [info.rbd_pool, info.rbd_namespace, info.rbd_image].filter((part) => part !== null).join('/')
  const places = [
    ['File', info.file_path],
    ['Device', info.device_path],
    ['Image', image],
    ['Monitors', info.monitors.join(', ')],
    ['Serial', info.serial],
  ] as const
  return [
    ...places.flatMap(([name, text]) => (text ? [[name, <Mono key={name} text={text} copy />] as const] : [])),
    ['Cache', `${info.cache}${info.read_only ? ', read-only' : ''}`],
  ]
}

/** `isOld`: of the choice before, until the new answer is there. */
function Answer({ info, isOld }: { info: AttachView; isOld: boolean }) {
  return (
    <div aria-busy={isOld} className={cn('space-y-5', isOld && 'opacity-60')}>
      {info.notes.length > 0 && (
        <Note title="Before it works">
          <ul className={info.notes.length > 1 ? 'list-disc space-y-1 pl-4' : ''}>
            {info.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Note>
      )}
      <div className="grid gap-5 xl:grid-cols-2">
        <Panel title={`libvirt: disk ${info.target}`}>
          <CodeBlock text={info.disk_xml} label="XML" />
          <p className="mt-2 text-12 text-muted">
            Saved as disk.xml, a running machine is given it with{' '}
            <span className="font-mono">virsh attach-device MACHINE disk.xml --persistent</span>.
          </p>
        </Panel>
        <Panel title="QEMU without libvirt">
          <CodeBlock text={argumentLines(info.qemu_args)} label="Arguments" />
          <p className="mt-2 text-12 text-muted">To be added to the arguments of qemu-system.</p>
        </Panel>
      </div>
      <Panel title="Where it is on that host">
        <Facts items={placesOf(info)} />
      </Panel>
    </div>
  )
}

function Choices({ pool, volume }: { pool: PoolView; volume: VolumeView }) {
  const hosts = hostsToAttach(pool, volume)
  const [wish, setWish] = useState<Wish>({ host: '', bus: 'virtio', cache: AUTOMATIC, target: '' })
  const host = hosts.find(({ host_id }) => host_id === wish.host)?.host_id ?? hosts[0]?.host_id ?? ''
  const ask = askOf(useDeferredValue({ ...wish, host }))
  const { data, error, isPlaceholderData } = useQuery({
    ...attachInfoOf(volume.id, ask),
    enabled: host !== '',
    placeholderData: keepPreviousData,
    retry: false,
  })
  const set = (name: keyof Wish) => (value: string) => setWish((before) => ({ ...before, [name]: value }))
  const wrongTarget = error ? problemOf(error).fields?.find(({ field }) => field === 'target')?.message : undefined
  return (
    <div className="space-y-5">
      <MachinesFor volume={volume} hostIds={hosts.map(({ host_id }) => host_id)} />
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <Field label="Host">
          {(control) => (
            <Select
              {...control}
              value={host}
              onChange={set('host')}
              choices={hosts.map(({ host_id, host_name, phase }) => ({
                value: host_id,
                label: host_name,
                detail: phase === 'READY' ? undefined : wordOfPoolOnHost({ phase }).word,
              }))}
            />
          )}
        </Field>
        <Field label="Bus">
          {(control) => <Select {...control} value={wish.bus} onChange={set('bus')} choices={BUS_CHOICES} />}
        </Field>
        <Field label="Cache">
          {(control) => <Select {...control} value={wish.cache} onChange={set('cache')} choices={CACHE_CHOICES} />}
        </Field>
        <Field label="Name on the machine" optional error={wrongTarget}>
          {(control) => (
            <Input
              {...control}
              value={wish.target}
              placeholder={data?.target ?? ''}
              maxLength={16}
              onChange={(event) => set('target')(event.target.value)}
            />
          )}
        </Field>
      </div>
      {error && wrongTarget === undefined && <ProblemNote error={error} />}
      {!error && (data ? <Answer info={data} isOld={isPlaceholderData} /> : <Skeleton className="h-48 w-full" />)}
    </div>
  )
}

/** How a virtual machine on a host is given the volume: nothing is changed here, it is to be copied. */
export function VolumeAttach({ volume }: { volume: VolumeView }) {
  const { data: pool, error } = useQuery(poolOne(volume.pool_id))
  const refused = volume.refuses.attach
  if (error) return <ProblemNote error={error} />
  if (!pool) return <Skeleton className="h-48 w-full" />
  if (refused !== undefined || pool.maintenance || hostsToAttach(pool, volume).length === 0) {
    return (
      <EmptyState icon={Plug} title="Not now">
        {refused ?? (pool.maintenance ? `${pool.name} is in maintenance: nothing is attached anew.` : NO_HOST)}
      </EmptyState>
    )
  }
  return <Choices pool={pool} volume={volume} />
}

const NO_HOST = 'Its pool is on no host that could give it to a machine.'
