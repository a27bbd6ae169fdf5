'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { FormDialog } from '@/components/forms/form-dialog'
import { tellFields } from '@/components/forms/tell-fields'
import { MountOptions } from '@/components/mounts/forms/mount-options'
import { type Targeting, TargetPicker, targetBody, targetRefusal } from '@/components/mounts/forms/target-picker'
import { requestPlan } from '@/components/plans/plan-request'
import { ReviewChange } from '@/components/plans/review-change'
import { Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { type MountView, UpdateMount } from '@/lib/mounts/schema'
import { ruleFrom } from '@/lib/mounts/targets'
import type { PlanView } from '@/lib/plans/schema'

type Values = z.input<typeof UpdateMount>

/** Name, place, hosts and options of a mount. The backend is what it is: another one is another mount. */
export function EditMount({ mount, onClose }: { mount: MountView; onClose: () => void }) {
  const { data: hosts } = useQuery(hostList())
  const { register, handleSubmit, formState, setError, setValues, watch } = useForm<Values>({
    resolver: zodResolver(UpdateMount),
    mode: 'onTouched',
    defaultValues: {
      name: mount.name,
      mount_point: mount.mount_point,
      read_only: mount.read_only,
      auto_mount: mount.auto_mount,
      on_drift: mount.on_drift,
    },
  })
  const [targeting, setTargeting] = useState<Targeting>({
    targets: mount.targets,
    labels: mount.target_labels,
    hostIds: mount.hosts.filter((entry) => !entry.removing).map((entry) => entry.host_id),
  })
  const [targetError, setTargetError] = useState<string | undefined>()
  const [reviewing, setReviewing] = useState<{ change: Values; plan: PlanView } | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const submit = handleSubmit(async (entered) => {
    const values = { ...entered, ...targetBody(targeting) }
    const rule = ruleFrom(values)
    if ('field' in rule) return setTargetError(rule.message)
    setTargetError(undefined)
    setFailure(null)
    try {
      const plan = await requestPlan({ action: 'update_mount', mount_id: mount.id, change: values })
      setReviewing({ change: values, plan })
    } catch (error) {
      setFailure(error)
      tellFields(error, entered, setError)
      setTargetError(targetRefusal(error))
    }
  })
  const { errors } = formState
  const options = watch()
  if (reviewing) {
    return (
      <ReviewChange
        title={`Edit ${mount.name}`}
        change={{ action: 'update_mount', mount_id: mount.id, change: reviewing.change }}
        plan={reviewing.plan}
        apply={{ label: 'Apply' }}
        send={async ({ headers, rollout }) => {
          const { operation } = await request<{ operation: { id: string } | null }>(
            `/api/v1/storage/mounts/${mount.id}`,
            { method: 'PATCH', body: { ...reviewing.change, ...rollout }, headers },
          )
          return operation ? [operation.id] : []
        }}
        onBack={() => setReviewing(null)}
        onClose={onClose}
      />
    )
  }
  return (
    <FormDialog
      size="md"
      title={`Edit ${mount.name}`}
      submit={{ label: 'Review', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="Name" error={errors.name?.message}>
        {(attributes) => <Input {...attributes} {...register('name')} />}
      </Field>
      <Field
        label="Mount point"
        help="With another one, hosts unmount it and mount it there. Where a program uses it, it stays until that has ended."
        error={errors.mount_point?.message}
      >
        {(attributes) => <Input {...attributes} {...register('mount_point')} className="font-mono text-13" />}
      </Field>
      {hosts ? (
        <TargetPicker hosts={hosts.data} value={targeting} onChange={setTargeting} error={targetError} />
      ) : (
        <Skeleton className="h-24 w-full" />
      )}
      <MountOptions value={options} onChange={setValues} />
      {failure !== null && <ProblemNote error={failure} />}
    </FormDialog>
  )
}
