'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { FormDialog } from '@/components/forms/form-dialog'
import { CodeBlock } from '@/components/ui/code-block'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { MachineAnswer } from '@/components/workloads/machine-requests'
import { DiskRows } from '@/components/workloads/machines/disk-rows'
import { DriveField } from '@/components/workloads/machines/drive-field'
import { EMPTY, type MachineDraft, missingIn, onHost } from '@/components/workloads/machines/machine-draft'
import {
  createMachine,
  MACHINE_TOPICS,
  machineOffersOf,
  planMachine,
} from '@/components/workloads/machines/machine-makings'
import { HardwareFields, SwitchFields } from '@/components/workloads/machines/offered-fields'
import { usePlanned } from '@/components/workloads/use-planned'
import type { MachinePlan } from '@/lib/workloads/schema'

/** What its host offers is asked first, then what it would make. */
export function NewMachine({ onClose }: { onClose: () => void }) {
  const router = useRouter()
  const { data: hosts } = useQuery(hostList())
  const [draft, setDraft] = useState<MachineDraft>(EMPTY)
  const offers = useQuery({ ...machineOffersOf(draft.hostId), enabled: draft.hostId !== '', retry: false })
  const { planned, error, wrong, submit, next } = usePlanned<MachineDraft, MachinePlan, MachineAnswer>({
    draft,
    missing: missingIn(draft),
    plan: planMachine,
    create: {
      run: createMachine,
      topics: MACHINE_TOPICS,
      done: () => `Creating ${draft.name}`,
      onSuccess: ({ data }) => {
        onClose()
        router.push(`/operations/${data.id}`)
      },
    },
  })
  const change = (over: Partial<MachineDraft>) => setDraft({ ...draft, ...over })
  const parts = { draft, wrong, change }
  return (
    <FormDialog
      title="New machine"
      description="Made by libvirt from volumes that are there. The plan comes first: nothing is changed by it."
      size="md"
      submit={submit}
      onSubmit={() => next(offers.data !== undefined)}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Host" error={wrong('host_id')}>
          {(control) => (
            <Select
              {...control}
              value={draft.hostId}
              placeholder="Choose a host"
              onChange={(hostId) => setDraft(onHost(draft, hostId))}
              choices={(hosts?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            />
          )}
        </Field>
        <Field label="Name" error={wrong('name')}>
          {(control) => (
            <Input
              {...control}
              value={draft.name}
              maxLength={63}
              onChange={(event) => change({ name: event.target.value.trim() })}
            />
          )}
        </Field>
      </div>
      {draft.hostId === '' && <p className="text-13 text-muted">What a machine can be made of is asked of its host.</p>}
      {offers.isFetching && !offers.data && <Skeleton className="h-40" />}
      {offers.error && !offers.isFetching && <ProblemNote error={offers.error} />}
      {offers.data && (
        <>
          <HardwareFields {...parts} offers={offers.data} />
          <DiskRows {...parts} host={offers.data.host} />
          <DriveField {...parts} />
          <SwitchFields {...parts} offers={offers.data} />
        </>
      )}
      {planned && <Plan plan={planned} />}
      {error && <ProblemNote error={error} />}
    </FormDialog>
  )
}

/** What is in the way stands at its field too, which may be out of sight by now. */
function Plan({ plan: { refusals, notes, commands, specification, host } }: { plan: MachinePlan }) {
  return (
    <div aria-live="polite" className="space-y-3 border-t border-line pt-4">
      {refusals.map(({ field, message }) => (
        <Note key={field} kind="warning" title={message} />
      ))}
      {notes.map((words) => (
        <p key={words} className="text-13 text-muted">
          {words}
        </p>
      ))}
      <h3 className="text-12 font-medium text-muted">What runs on {host.name}</h3>
      <CodeBlock text={commands.join('\n')} label="Commands" />
      <CodeBlock text={specification} label="machine.xml" />
    </div>
  )
}
