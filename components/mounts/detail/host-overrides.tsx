'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { backendOne } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { DriverField } from '@/components/forms/driver-field'
import { type FieldValues, initialValues, isVisible, toConfig } from '@/components/forms/driver-values'
import { secretsAgainOnHost } from '@/components/forms/secrets-again'
import { type PlannedChange, requestPlan } from '@/components/plans/plan-request'
import { ReviewChange } from '@/components/plans/review-change'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { BackendView } from '@/lib/backends/schema'
import { type AnyDescriptor, driverById, isDriverId } from '@/lib/drivers/registry'
import type { MountOnHostView, MountOverrides, MountView } from '@/lib/mounts/schema'
import type { PlanView } from '@/lib/plans/schema'

function changeOf(mount: MountView, entry: MountOnHostView, wish: MountOverrides | null): PlannedChange {
  return { action: 'set_overrides', mount_id: mount.id, host_id: entry.host_id, change: wish }
}

/** The settings that are other than the backend's. */
function differences(descriptor: AnyDescriptor, values: FieldValues, backend: BackendView): Record<string, unknown> {
  const everywhere = toConfig(descriptor, initialValues(descriptor, backend.config), false)
  const here = toConfig(descriptor, values, false)
  return Object.fromEntries(
    (descriptor.overridable ?? [])
      .filter((key) => here[key] !== undefined && here[key] !== everywhere[key])
      .map((key) => [key, here[key]]),
  )
}

const DESCRIPTION = 'What is different on this host. Where it is mounted, it is mounted again with the new settings.'

function titleOf(mount: MountView, entry: MountOnHostView): string {
  return `${mount.name} on ${entry.host_name}`
}

function Form({
  mount,
  entry,
  backend,
  start,
  onReview,
  onClose,
}: {
  mount: MountView
  entry: MountOnHostView
  backend: BackendView
  /** What the fields show at first. */
  start: MountOverrides | null
  onReview: (wish: MountOverrides | null, plan: PlanView) => void
  onClose: () => void
}) {
  const descriptor = isDriverId(backend.type) ? driverById(backend.type) : undefined
  const own = start ?? {}
  const [place, setPlace] = useState(own.mount_point ?? mount.mount_point)
  const [access, setAccess] = useState(own.read_only === undefined ? 'same' : own.read_only ? 'ro' : 'rw')
  const [values, setValues] = useState<FieldValues>(() =>
    descriptor ? initialValues(descriptor, { ...backend.config, ...own.config }) : {},
  )
  const plan = useMutation({
    mutationFn: (wish: MountOverrides | null) => requestPlan(changeOf(mount, entry, wish)),
    onSuccess: (made, wish) => onReview(wish, made),
  })
  const keys = (descriptor?.overridable ?? []).filter((key) => {
    const hint = descriptor?.fields[key]
    return hint !== undefined && isVisible(hint, values)
  })
  const here = descriptor ? differences(descriptor, values, backend) : {}
  const again = descriptor
    ? secretsAgainOnHost(descriptor, backend, { here, before: entry.overrides?.config ?? {} })
    : new Map<string, string>()
  const wrong = new Map(
    (plan.isError ? (problemOf(plan.error).fields ?? []) : []).map(({ field, message }) => [
      field.replace(/^config\./, ''),
      message,
    ]),
  )
  // A note as well would say the same twice; a field that is not drawn has nothing to stand under.
  const isUnderItsField =
    wrong.size > 0 && [...wrong.keys()].every((key) => key === 'mount_point' || keys.includes(key) || again.has(key))
  function submit() {
    const entered = [...again.keys()].filter((key) => values[key]).map((key) => [key, values[key]])
    const config = { ...here, ...Object.fromEntries(entered) }
    plan.mutate({
      ...(place === mount.mount_point || place === '' ? {} : { mount_point: place }),
      ...(access === 'same' ? {} : { read_only: access === 'ro' }),
      ...(Object.keys(config).length === 0 ? {} : { config }),
    })
  }
  const draw = (name: string) =>
    descriptor && (
      <DriverField
        key={name}
        descriptor={descriptor}
        name={name}
        field={{
          value: values[name],
          onChange: (value) => setValues((before) => ({ ...before, [name]: value })),
          onBlur: () => {},
          ref: () => {},
        }}
        error={wrong.get(name)}
        fixed={undefined}
        secret={again.has(name) ? backend.secrets[name] : undefined}
        again={again.get(name)}
      />
    )
  const isEssential = (key: string) => descriptor?.fields[key]?.group === 'essential'
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={titleOf(mount, entry)}
      description={DESCRIPTION}
      footer={
        <>
          {entry.overrides && (
            <Button className="mr-auto" disabled={plan.isPending} onClick={() => plan.mutate(null)}>
              Make it as everywhere
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={plan.isPending} onClick={submit}>
            Review
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label="Mount point"
          help={`Everywhere else it is ${mount.mount_point}.`}
          error={wrong.get('mount_point')}
        >
          {(attributes) => (
            <Input
              {...attributes}
              value={place}
              onChange={(event) => setPlace(event.target.value)}
              className="font-mono text-13"
            />
          )}
        </Field>
        <Field label="Access">
          {(attributes) => (
            <Select
              {...attributes}
              value={access}
              onBlur={() => {}}
              onChange={setAccess}
              choices={[
                { value: 'same', label: `As everywhere (${mount.read_only ? 'read only' : 'read and write'})` },
                { value: 'ro', label: 'Read only' },
                { value: 'rw', label: 'Read and write' },
              ]}
            />
          )}
        </Field>
        {keys.filter(isEssential).map(draw)}
        {[...again.keys()].map(draw)}
        {!keys.every(isEssential) && (
          <details className="group">
            <summary className="w-fit rounded-sm text-13 font-medium text-muted hover:text-ink">More settings</summary>
            <div className="mt-4 space-y-5">{keys.filter((key) => !isEssential(key)).map(draw)}</div>
          </details>
        )}
        {plan.isError && !isUnderItsField && <ProblemNote error={plan.error} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

/**
 * What is different about a mount on one host; a setting that equals the backend's is no difference. It is reviewed before it is
 * saved: where it is mounted, it is mounted again.
 */
export function HostOverrides({
  mount,
  entry,
  onClose,
}: {
  mount: MountView
  entry: MountOnHostView
  onClose: () => void
}) {
  const { data: backend } = useQuery(backendOne(mount.backend.id))
  const [wish, setWish] = useState<MountOverrides | null>(entry.overrides)
  const [plan, setPlan] = useState<PlanView | null>(null)
  if (plan) {
    const url = `/api/v1/storage/mounts/${mount.id}/hosts/${entry.host_id}/overrides`
    return (
      <ReviewChange
        title={titleOf(mount, entry)}
        change={changeOf(mount, entry, wish)}
        plan={plan}
        apply={{ label: wish === null ? 'Make it as everywhere' : 'Save for this host' }}
        send={async ({ headers }) => {
          const { operation } = await request<{ operation: { id: string } | null }>(url, {
            headers,
            ...(wish === null ? { method: 'DELETE' } : { method: 'PUT', body: wish }),
          })
          return operation ? [operation.id] : []
        }}
        onBack={() => setPlan(null)}
        onClose={onClose}
      />
    )
  }
  if (!backend) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={titleOf(mount, entry)} description={DESCRIPTION}>
        <Skeleton className="h-40 w-full" />
      </Dialog>
    )
  }
  return (
    <Form
      mount={mount}
      entry={entry}
      backend={backend}
      start={wish}
      onReview={(next, made) => {
        setWish(next)
        setPlan(made)
      }}
      onClose={onClose}
    />
  )
}
