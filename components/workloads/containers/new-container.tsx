'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { hostList, mountList } from '@/components/data/queries'
import { FormDialog } from '@/components/forms/form-dialog'
import { CodeBlock } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { Suggest } from '@/components/ui/suggest'
import { SwitchRow } from '@/components/ui/switch-row'
import { type ContainerDraft, EMPTY, missingIn } from '@/components/workloads/containers/container-draft'
import {
  CONTAINER_TOPICS,
  type ContainerAnswer,
  createContainer,
  planContainer,
} from '@/components/workloads/containers/container-requests'
import { EnvRows, MountRows, PortRows } from '@/components/workloads/containers/draft-rows'
import { mountsFor } from '@/components/workloads/mounts/mounts-for'
import { usePlanned } from '@/components/workloads/use-planned'
import { workloadList } from '@/components/workloads/workload-queries'
import type { ContainerPlan } from '@/lib/workloads/schema'

const RESTARTS = [
  { value: 'no', label: 'Never' },
  { value: 'on-failure', label: 'When it fails' },
  { value: 'unless-stopped', label: 'Unless it was stopped' },
  { value: 'always', label: 'Always' },
]

/** What its host would make is shown first. */
export function NewContainer({ onClose }: { onClose: () => void }) {
  const router = useRouter()
  const { data: hosts } = useQuery(hostList())
  const { data: mounts } = useQuery(mountList())
  const { data: workloads } = useQuery(workloadList())
  const [draft, setDraft] = useState<ContainerDraft>(EMPTY)
  const { last, planned, error, wrong, submit, next } = usePlanned<ContainerDraft, ContainerPlan, ContainerAnswer>({
    draft,
    missing: missingIn(draft),
    plan: planContainer,
    create: {
      run: createContainer,
      topics: CONTAINER_TOPICS,
      done: ({ data }) => (data.status === 'succeeded' ? `Created ${draft.name}` : `Creating ${draft.name}`),
      onSuccess: ({ data }) => {
        onClose()
        if (data.status !== 'succeeded') router.push(`/operations/${data.id}`)
      },
    },
  })
  const change = (over: Partial<ContainerDraft>) => setDraft({ ...draft, ...over })
  const here = (workloads?.data ?? []).filter(({ host, target }) => host.id === draft.hostId && target === 'docker')
  const images = [...new Set([...(last?.images ?? []), ...here.flatMap(({ image }) => image ?? [])])].sort()
  const given = mounts ? mountsFor(mounts.data, draft.hostId) : []
  return (
    <FormDialog
      title="New container"
      description="Made by Docker from an image that the host has. The plan comes first: nothing is changed by it."
      size="md"
      submit={submit}
      onSubmit={() => next()}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Host" error={wrong('host_id')}>
          {(control) => (
            <Select
              {...control}
              value={draft.hostId}
              onChange={(hostId) => change({ hostId, mounts: [] })}
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
        <Field label="Image" error={wrong('image')} help="One that the host has: none is fetched.">
          {(control) => (
            <Suggest
              {...control}
              value={draft.image}
              placeholder="nginx:1.29"
              maxLength={255}
              onChange={(image) => change({ image: image.trim() })}
              suggestions={images.map((value) => ({ value, label: value }))}
            />
          )}
        </Field>
        <Field label="Start it again">
          {(control) => (
            <Select {...control} value={draft.restart} choices={RESTARTS} onChange={(restart) => change({ restart })} />
          )}
        </Field>
      </div>
      <SwitchRow label="Start it when it is made" checked={draft.start} onChange={(start) => change({ start })} />
      <MountRows
        rows={draft.mounts}
        wrong={wrong}
        choices={given.map(({ id, name, path }) => ({ value: id, label: name, detail: path }))}
        onChange={(rows) => change({ mounts: rows })}
      />
      <PortRows rows={draft.ports} wrong={wrong} onChange={(ports) => change({ ports })} />
      <EnvRows rows={draft.env} wrong={wrong} onChange={(env) => change({ env })} />
      {planned && <Plan plan={planned} />}
      {error && <ProblemNote error={error} />}
    </FormDialog>
  )
}

function Plan({ plan: { refusals, notes, commands, specification, host } }: { plan: ContainerPlan }) {
  return (
    <div aria-live="polite" className="space-y-3 border-t border-line pt-4">
      {refusals.map(({ field, message, command }) => (
        <Note key={field} kind="warning" title={message}>
          {command !== null && <CodeBlock text={command} label={`On ${host.name}`} />}
        </Note>
      ))}
      {notes.map((words) => (
        <p key={words} className="text-13 text-muted">
          {words}
        </p>
      ))}
      <h3 className="text-12 font-medium text-muted">What runs on {host.name}</h3>
      <CodeBlock text={commands.join('\n')} label="Commands" />
      <CodeBlock text={specification} label="What Docker is given" />
    </div>
  )
}
