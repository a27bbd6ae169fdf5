'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useRouter, useSearchParams } from 'next/navigation'
import { useRef, useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote } from '@/components/data/problem-note'
import { backendList, hostList } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { tellFields } from '@/components/forms/tell-fields'
import { ShownCommands } from '@/components/forms/what-will-run'
import { MountOptions } from '@/components/mounts/forms/mount-options'
import {
  type Targeting,
  TargetPicker,
  targetBody,
  targetedHosts,
  targetRefusal,
} from '@/components/mounts/forms/target-picker'
import { requestPlan } from '@/components/plans/plan-request'
import { ReviewChange } from '@/components/plans/review-change'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState, Note, Panel } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import type { BackendView } from '@/lib/backends/schema'
import { shownMount } from '@/lib/drivers/requests'
import { mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'
import { CreateMount, type MountView } from '@/lib/mounts/schema'
import { ruleFrom } from '@/lib/mounts/targets'
import type { PlanView } from '@/lib/plans/schema'

type Values = z.input<typeof CreateMount>

function Form({ backends, preset }: { backends: BackendView[]; preset: string }) {
  const router = useRouter()
  const { data: hosts } = useQuery(hostList())
  const usable = (hosts?.data ?? []).filter((host) => !host.revoked_at)
  const [targeting, setTargeting] = useState<Targeting>({ targets: 'hosts', labels: {}, hostIds: [] })
  const [targetError, setTargetError] = useState<string | undefined>()
  const [failure, setFailure] = useState<unknown>(null)
  const first = backends.find((backend) => backend.id === preset)
  const only = usable.length === 1 ? usable[0] : undefined
  const form = useForm<Values>({
    resolver: zodResolver(CreateMount),
    mode: 'onTouched',
    defaultValues: {
      name: first ? mountNameOf(first.name) : '',
      backend_id: first?.id ?? '',
      mount_point: first ? mountPointOf(mountNameOf(first.name)) : '',
      read_only: false,
      auto_mount: true,
      on_drift: 'report',
      do_mount: true,
    },
  })
  const { control, handleSubmit, setValue, setValues, setError, getFieldState, formState, watch } = form
  const values = watch()
  const backend = backends.find((entry) => entry.id === values.backend_id)
  const target = values.mount_point || '/mnt/name'
  const wanted = { mountId: '', path: target, readOnly: values.read_only ?? false }
  const shown = backend ? shownMount(backend.type, backend.config, wanted) : null
  // Of one host there is nothing to choose.
  const chosen =
    targeting.targets === 'hosts' && targeting.hostIds.length === 0 && only
      ? { ...targeting, hostIds: [only.id] }
      : targeting
  const targeted = targetedHosts(chosen, usable)
  const count = targeted.length
  const hostWord = count === 1 ? (targeted[0]?.name ?? '1 host') : `${count} hosts`

  const created = useRef('')
  const [reviewing, setReviewing] = useState<{ change: Values; plan: PlanView } | null>(null)

  /** Name and path follow the backend until somebody writes their own. */
  function suggestFrom(name: string) {
    const slug = mountNameOf(name)
    if (!getFieldState('name').isDirty) setValue('name', slug)
    if (!getFieldState('mount_point').isDirty) setValue('mount_point', slug ? mountPointOf(slug) : '')
  }

  const submit = handleSubmit(async (entered) => {
    setFailure(null)
    setTargetError(undefined)
    const body = { ...entered, ...targetBody(chosen) }
    const rule = ruleFrom(body)
    if ('field' in rule) return setTargetError(rule.message)
    try {
      setReviewing({ change: body, plan: await requestPlan({ action: 'create_mount', change: body }) })
    } catch (error) {
      tellFields(error, entered, setError)
      setTargetError(targetRefusal(error))
      setFailure(error)
    }
  })

  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)]"
    >
      <div className="min-w-0 space-y-5">
        <Panel title="What and where">
          <div className="space-y-5">
            <Controller
              control={control}
              name="backend_id"
              render={({ field, fieldState }) => (
                <Field label="Backend" error={fieldState.error?.message}>
                  {(attributes) => (
                    <Select
                      {...attributes}
                      value={field.value}
                      onBlur={field.onBlur}
                      placeholder="Choose a backend"
                      onChange={(id) => {
                        field.onChange(id)
                        suggestFrom(backends.find((entry) => entry.id === id)?.name ?? '')
                      }}
                      choices={backends.map((entry) => ({ value: entry.id, label: entry.name, detail: entry.source }))}
                    />
                  )}
                </Field>
              )}
            />
            <Controller
              control={control}
              name="name"
              render={({ field, fieldState }) => (
                <Field
                  label="Name"
                  help="Lower-case letters, digits and dashes. It is part of unit and log names on the hosts."
                  error={fieldState.error?.message}
                >
                  {(attributes) => (
                    <Input
                      {...attributes}
                      {...field}
                      placeholder="media"
                      onChange={(event) => {
                        field.onChange(event)
                        if (!getFieldState('mount_point').isDirty) {
                          setValue(
                            'mount_point',
                            event.target.value ? mountPointOf(mountNameOf(event.target.value)) : '',
                          )
                        }
                      }}
                    />
                  )}
                </Field>
              )}
            />
            <Controller
              control={control}
              name="mount_point"
              render={({ field, fieldState }) => (
                <Field
                  label="Mount point"
                  help="The directory on each host. It is made and guarded, so that nothing is written into it while the storage is away."
                  error={fieldState.error?.message}
                >
                  {(attributes) => (
                    <Input
                      {...attributes}
                      {...field}
                      value={field.value ?? ''}
                      placeholder="/mnt/media"
                      className="font-mono text-13"
                    />
                  )}
                </Field>
              )}
            />
          </div>
        </Panel>
        <Panel title="Hosts">
          <div className="space-y-2">
            <TargetPicker
              hosts={usable}
              value={chosen}
              onChange={(value) => {
                setTargeting(value)
                setTargetError(undefined)
              }}
              error={targetError}
            />
            {hosts && usable.length === 0 && (
              <Note kind="warning">
                There is no host yet.{' '}
                <ButtonLink href="/hosts?add=1" size="sm">
                  Add a host
                </ButtonLink>
              </Note>
            )}
          </div>
        </Panel>
        <Panel title="Options">
          <div className="space-y-5">
            <MountOptions value={values} onChange={setValues} />
            <Controller
              control={control}
              name="do_mount"
              render={({ field }) => (
                <SwitchRow
                  label="Mount now"
                  help="Off: it is only written down, and mounted when you say so."
                  checked={field.value ?? true}
                  onChange={field.onChange}
                />
              )}
            />
          </div>
        </Panel>
        {failure !== null && <ProblemNote error={failure} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting}>
            Review
          </Button>
          <Button variant="ghost" size="lg" onClick={() => router.push('/mounts')}>
            Cancel
          </Button>
        </div>
      </div>
      <Panel title="What will run, exactly" className="lg:sticky lg:top-16">
        {shown === null ? (
          <p className="text-13 text-muted">Choose a backend to see the commands.</p>
        ) : (
          <div className="space-y-2">
            <p className="text-13 text-muted">
              {count === 0 ? 'On each of its hosts' : `On ${hostWord}`}, into a guarded directory, and read back
              afterwards:
            </p>
            <ShownCommands {...shown} />
          </div>
        )}
      </Panel>
      {reviewing && (
        <ReviewChange
          title={`${reviewing.change.do_mount ? 'Mount' : 'Save'} ${reviewing.change.name}`}
          change={{ action: 'create_mount', change: reviewing.change }}
          plan={reviewing.plan}
          apply={{ label: reviewing.change.do_mount ? `Mount on ${hostWord}` : 'Save mount' }}
          send={async ({ headers, rollout }) => {
            const made = await request<{ data: MountView; operation: { id: string } | null }>(
              '/api/v1/storage/mounts',
              { method: 'POST', body: { ...reviewing.change, ...rollout }, headers },
            )
            created.current = made.data.id
            return made.operation ? [made.operation.id] : []
          }}
          onBack={() => setReviewing(null)}
          onClose={() => setReviewing(null)}
          onApplied={() => router.push(`/mounts/${created.current}`)}
        />
      )}
    </form>
  )
}

export function NewMount() {
  const preset = useSearchParams().get('backend') ?? ''
  const { data } = useQuery(backendList())
  if (!data) return null
  const mountable = data.data.filter((backend) => backend.capabilities.includes('mount'))
  if (mountable.length === 0) {
    return (
      <EmptyState
        title="First define the storage"
        action={
          <ButtonLink href="/backends/new" variant="primary">
            New backend
          </ButtonLink>
        }
      >
        A mount puts a backend at a path. There is no backend yet that can be mounted.
      </EmptyState>
    )
  }
  return <Form key={preset} backends={mountable} preset={preset} />
}
