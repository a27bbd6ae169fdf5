'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { poolList, volumeList } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { BUS_WORDS } from '@/components/volumes/attach-words'
import { attachable } from '@/components/workloads/disks/attachable'
import {
  attachDisk,
  DISK_TOPICS,
  type DiskWish,
  diskPlanOf,
  type MachineAnswer,
} from '@/components/workloads/machine-requests'
import { BUSES } from '@/lib/libvirt/disk'
import { formatBytes } from '@/lib/units'
import type { DiskPlan, WorkloadView } from '@/lib/workloads/schema'

const BUS_CHOICES = BUSES.map((value) => ({ value, ...BUS_WORDS[value] }))

/** A volume of a pool that is open on the machine's host, and what will run there before it is asked for. */
export function AttachVolume({
  machine,
  preset,
  onClose,
}: {
  machine: WorkloadView
  /** A volume; anything else is none. */
  preset: string
  onClose: () => void
}) {
  const { data: volumes, error: noVolumes } = useQuery(volumeList())
  const { data: pools, error: noPools } = useQuery(poolList())
  const [chosen, setChosen] = useState(preset.startsWith('vol_') ? preset : '')
  const [bus, setBus] = useState('virtio')
  const [target, setTarget] = useState('')
  const found = volumes && pools ? attachable(volumes.data, pools.data, machine) : undefined
  const wanted = target.trim()
  const wish: DiskWish = { volume_id: chosen, bus, ...(wanted === '' ? {} : { target: wanted }) }
  const plan = useQuery({
    ...diskPlanOf(machine.id, useDeferredValue(wish)),
    enabled: chosen !== '',
    placeholderData: keepPreviousData,
    retry: false,
  })
  const attach = useAction<DiskWish, MachineAnswer>({
    run: (body) => attachDisk(machine.id, body),
    topics: DISK_TOPICS,
    quiet: true,
    done: ({ data }) =>
      data.status === 'succeeded' ? `${machine.name} has ${nameOf(chosen)}` : `Attaching ${nameOf(chosen)}`,
    onSuccess: onClose,
  })
  const nameOf = (id: string) => found?.find((volume) => volume.id === id)?.name ?? 'the volume'
  const error = attach.error ?? plan.error ?? noVolumes ?? noPools
  const wrongTarget = fieldOf(error, 'target')
  return (
    <FormDialog
      title={`Attach a volume to ${machine.name}`}
      description={`Volumes of pools that are open on ${machine.host.name}. Their content stays as it is.`}
      size="md"
      submit={{ label: 'Attach', pending: attach.isPending }}
      // What is shown is what is asked for: the name on the machine too.
      onSubmit={() => plan.data && !plan.error && attach.mutate({ ...wish, target: plan.data.target })}
      onClose={onClose}
    >
      {found?.length === 0 ? (
        <Note title="No volume can be attached here">
          No pool that is open on {machine.host.name} has a volume that this machine does not have already.
        </Note>
      ) : (
        <>
          <Field label="Volume">
            {(control) => (
              <Select
                {...control}
                value={chosen}
                onChange={setChosen}
                choices={(found ?? []).map((volume) => ({
                  value: volume.id,
                  label: volume.name,
                  detail: `${volume.pool_name}${volume.size_bytes === null ? '' : `, ${formatBytes(volume.size_bytes)}`}`,
                }))}
              />
            )}
          </Field>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Bus">
              {(control) => <Select {...control} value={bus} onChange={setBus} choices={BUS_CHOICES} />}
            </Field>
            <Field label="Name on the machine" optional error={wrongTarget}>
              {(control) => (
                <Input
                  {...control}
                  value={target}
                  placeholder={plan.data?.target ?? ''}
                  maxLength={16}
                  onChange={(event) => setTarget(event.target.value)}
                />
              )}
            </Field>
          </div>
        </>
      )}
      {chosen !== '' &&
        !error &&
        (plan.data ? <Plan plan={plan.data} isOld={plan.isPlaceholderData} /> : <Skeleton className="h-40" />)}
      {error && !isSaidAtFields(error, ['target']) && <ProblemNote error={error} />}
    </FormDialog>
  )
}

function fieldOf(error: unknown, name: string): string | undefined {
  return error ? problemOf(error).fields?.find(({ field }) => field === name)?.message : undefined
}

/** `isOld`: of the choice before, until the new one is there. */
function Plan({ plan, isOld }: { plan: DiskPlan; isOld: boolean }) {
  const { machine, volume, host, is_running: isRunning, target, read_only: isReadOnly, notes } = plan
  const when = isRunning ? 'at once, and at its next start' : 'when it is started'
  return (
    <div aria-busy={isOld} aria-live="polite" className={cn('space-y-3', isOld && 'opacity-60')}>
      <p className="text-13">
        {machine.name} sees {volume.name} as the disk <span className="font-mono text-12">{target}</span> {when}
        {isReadOnly && ', read-only'}. Its system has to mount what is on it.
      </p>
      {notes.map((note) => (
        <p key={note} className="text-13 text-muted">
          {note}
        </p>
      ))}
      <div>
        <h3 className="mb-1.5 text-12 font-medium text-muted">What runs on {host.name}</h3>
        <CodeBlock text={plan.command} label="Command" />
        <div className="mt-2">
          <CodeBlock text={plan.disk_xml} label="disk.xml" />
        </div>
      </div>
    </div>
  )
}
