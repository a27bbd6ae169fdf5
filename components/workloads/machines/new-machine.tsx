'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
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
import type { MachinePlan } from '@/lib/workloads/schema'

/** What its host offers is asked first, then the plan; what was changed after the plan needs another one. */
export function NewMachine({ onClose }: { onClose: () => void }) {
  const router = useRouter()
  const { data: hosts } = useQuery(hostList())
  const [draft, setDraft] = useState<MachineDraft>(EMPTY)
  const [isAsked, setAsked] = useState(false)
  const offers = useQuery({ ...machineOffersOf(draft.hostId), enabled: draft.hostId !== '', retry: false })
  const plan = useAction<MachineDraft, MachinePlan>({ run: planMachine, topics: [], quiet: true })
  const create = useAction<MachineDraft, MachineAnswer>({
    run: createMachine,
    topics: MACHINE_TOPICS,
    quiet: true,
    done: () => `Creating ${draft.name}`,
    onSuccess: ({ data }) => {
      onClose()
      router.push(`/operations/${data.id}`)
    },
  })
  const change = (over: Partial<MachineDraft>) => setDraft({ ...draft, ...over })
  const missing = missingIn(draft)
  const isCurrent = plan.variables === draft
  const planned = isCurrent ? plan.data : undefined
  const error = create.variables === draft && create.error ? create.error : isCurrent ? plan.error : null
  const wrong = (field: string) =>
    (isAsked ? missing.get(field) : undefined) ??
    planned?.refusals.find((refusal) => refusal.field === field)?.message ??
    (error ? problemOf(error).fields?.find((each) => each.field === field)?.message : undefined)
  const isReady = planned !== undefined && planned.refusals.length === 0
  const parts = { draft, wrong, change }
  return (
    <FormDialog
      title="New machine"
      description="Made by libvirt from volumes that are there. The plan comes first: nothing is changed by it."
      size="md"
      submit={{ label: isReady ? 'Create' : 'Show the plan', pending: plan.isPending || create.isPending }}
      onSubmit={() => {
        setAsked(true)
        if (missing.size > 0 || !offers.data) return
        if (isReady) create.mutate(draft)
        else plan.mutate(draft)
      }}
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
