'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { mountList } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import {
  attachMount,
  MOUNT_TOPICS,
  type MountAnswer,
  type MountWish,
  mountPlanOf,
  pageAfter,
} from '@/components/workloads/mounts/mount-requests'
import { mountsFor } from '@/components/workloads/mounts/mounts-for'
import { isAgreed, PlanReview } from '@/components/workloads/mounts/plan-review'
import { attachTarget } from '@/lib/attach-targets/registry'
import type { WorkloadView } from '@/lib/workloads/schema'

const FIELDS = ['mount_id', 'sub_path', 'target', 'read_only']

/** A mount of the workload's host, and what will be done there before it is asked for. */
export function AttachMount({
  workload,
  preset,
  onClose,
}: {
  workload: WorkloadView
  /** What is chosen already. */
  preset: Partial<MountWish>
  /** With the page to go on with, where it was asked for. */
  onClose: (page?: string) => void
}) {
  const { data: mounts, error: noMounts } = useQuery(mountList())
  const [wish, setWish] = useState<MountWish>({
    ...{ mount_id: '', sub_path: '', target: '', read_only: false, create_sub_path: false },
    ...preset,
  })
  const [accepted, setAccepted] = useState<string[]>([])
  const [isAsked, setAsked] = useState(false)
  const change = (over: Partial<MountWish>) => setWish({ ...wish, ...over })
  const isTag = attachTarget(workload.target)?.takesMounts === 'tag'
  const found = mounts ? mountsFor(mounts.data, workload.host.id) : undefined
  const chosen = found?.find(({ id }) => id === wish.mount_id)
  const isWhole = wish.mount_id !== '' && wish.target !== ''
  const asked = useDeferredValue(wish)
  const plan = useQuery({
    ...mountPlanOf(workload.id, asked),
    enabled: asked.mount_id !== '' && asked.target !== '',
    placeholderData: keepPreviousData,
  })
  const attach = useAction<MountWish & { accept?: string[] }, MountAnswer>({
    run: (body) => attachMount(workload.id, body),
    topics: MOUNT_TOPICS,
    quiet: true,
    done: ({ data }) => (data.status === 'succeeded' ? `${workload.name} has the mount` : 'Attaching the mount'),
    onSuccess: (answer) => onClose(pageAfter(answer, workload.id)),
  })
  const error = attach.error ?? (isWhole ? plan.error : null) ?? noMounts
  const wrong = (name: string) =>
    error ? problemOf(error).fields?.find(({ field }) => field === name)?.message : undefined
  const missing = (value: string, words: string) => (isAsked && value === '' ? words : undefined)
  const isReady = isWhole && asked === wish && plan.data && !plan.error && !plan.isPlaceholderData
  return (
    <FormDialog
      title={`Attach a mount to ${workload.name}`}
      description={`Mounts that are on ${workload.host.name}. What lies on them stays as it is.`}
      size="md"
      submit={{ label: 'Attach', pending: attach.isPending }}
      onSubmit={() => {
        setAsked(true)
        if (isReady && plan.data && isAgreed(plan.data, accepted))
          attach.mutate({ ...wish, ...(accepted.length > 0 ? { accept: accepted } : {}) })
      }}
      onClose={() => onClose()}
    >
      {found?.length === 0 ? (
        <Note title="There is no mount on this host">
          Add {workload.host.name} to a mount first. Mounts of pools are not given away: what lies there are volumes.
        </Note>
      ) : (
        <>
          <Field label="Mount" error={wrong('mount_id') ?? missing(wish.mount_id, 'Choose the mount.')}>
            {(control) => (
              <Select
                {...control}
                value={wish.mount_id}
                onChange={(mount_id) => change({ mount_id })}
                choices={(found ?? []).map(({ id, name, path }) => ({ value: id, label: name, detail: path }))}
              />
            )}
          </Field>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Directory on the mount"
              optional
              error={wrong('sub_path')}
              help="Left open: all of the mount."
            >
              {(control) => (
                <Input
                  {...control}
                  value={wish.sub_path}
                  placeholder="web/uploads"
                  maxLength={1024}
                  onChange={(event) => change({ sub_path: event.target.value.trim() })}
                />
              )}
            </Field>
            <Field
              label={isTag ? 'Tag in the machine' : 'Path inside'}
              error={wrong('target') ?? missing(wish.target, 'Say where it is to be inside.')}
              help={isTag ? 'By which its system mounts it.' : 'Where it is seen in the container.'}
            >
              {(control) => (
                <Input
                  {...control}
                  value={wish.target}
                  placeholder={isTag ? 'share' : '/data'}
                  maxLength={1024}
                  onChange={(event) => change({ target: event.target.value.trim() })}
                />
              )}
            </Field>
          </div>
          {wish.sub_path !== '' && (
            <SwitchRow
              label="Create the directory where it is not there"
              checked={wish.create_sub_path}
              onChange={(create_sub_path) => change({ create_sub_path })}
            />
          )}
          <SwitchRow
            label="Read-only"
            help={chosen?.isReadOnly ? `${chosen.name} is read-only on ${workload.host.name}.` : undefined}
            checked={wish.read_only}
            error={wrong('read_only')}
            onChange={(read_only) => change({ read_only })}
          />
        </>
      )}
      {isWhole && !error && !plan.data && <Skeleton className="h-40" />}
      {isWhole && plan.data && !plan.error && (
        <PlanReview plan={plan.data} isOld={!isReady} isAsked={isAsked} accepted={accepted} onAccept={setAccepted} />
      )}
      {error && !isSaidAtFields(error, FIELDS) && <ProblemNote error={error} />}
    </FormDialog>
  )
}
