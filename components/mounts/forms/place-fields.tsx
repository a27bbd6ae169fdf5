'use client'

import { Controller, type UseFormReturn } from 'react-hook-form'
import { TypeIcon } from '@/components/backends/backend-type'
import { leaveFirst } from '@/components/forms/first-field'
import type { NewMountValues } from '@/components/mounts/forms/use-new-mount'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { BackendView } from '@/lib/backends/schema'
import { mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'

interface Props {
  form: UseFormReturn<NewMountValues>
}

/** The path follows the name until somebody writes one of their own. */
function suggestPath({ getFieldState, setValue }: Props['form'], name: string) {
  if (getFieldState('mount_point').isDirty) return
  setValue('mount_point', name ? mountPointOf(mountNameOf(name)) : '')
}

/** Name and path follow the backend, each until somebody writes their own. */
function suggestFrom(form: Props['form'], backend: BackendView | undefined) {
  const name = mountNameOf(backend?.name ?? '')
  if (!form.getFieldState('name').isDirty) form.setValue('name', name)
  suggestPath(form, name)
}

function BackendField({ form, backends }: Props & { backends: readonly BackendView[] }) {
  return (
    <Controller
      control={form.control}
      name="backend_id"
      render={({ field, fieldState }) => (
        <Field label="Backend" error={fieldState.error?.message}>
          {(attributes) => (
            <Select
              {...attributes}
              value={field.value}
              ref={field.ref}
              onBlur={leaveFirst(field, fieldState)}
              placeholder="Choose a backend"
              onChange={(id) => {
                field.onChange(id)
                suggestFrom(
                  form,
                  backends.find((entry) => entry.id === id),
                )
              }}
              choices={backends.map((entry) => ({
                value: entry.id,
                label: entry.name,
                detail: entry.source,
                icon: <TypeIcon type={entry.type} />,
              }))}
            />
          )}
        </Field>
      )}
    />
  )
}

function NameField({ form }: Props) {
  return (
    <Controller
      control={form.control}
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
              onBlur={leaveFirst(field, fieldState)}
              onChange={(event) => {
                field.onChange(event)
                suggestPath(form, event.target.value)
              }}
            />
          )}
        </Field>
      )}
    />
  )
}

function MountPointField({ form }: Props) {
  return (
    <Controller
      control={form.control}
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
  )
}

/** What is mounted, under which name, at which path. */
export function PlaceFields({ form, backends }: Props & { backends: readonly BackendView[] }) {
  return (
    <div className="space-y-5">
      <BackendField form={form} backends={backends} />
      <NameField form={form} />
      <MountPointField form={form} />
    </div>
  )
}
