'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { DriverField } from '@/components/forms/driver-field'
import { type OverridesOf, useOverridesForm } from '@/components/mounts/detail/use-overrides-form'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

export const OVERRIDES_DESCRIPTION =
  'What is different on this host. Where it is mounted, it is mounted again with the new settings.'

export function overridesTitle(mount: MountView, entry: MountOnHostView): string {
  return `${mount.name} on ${entry.host_name}`
}

type Form = ReturnType<typeof useOverridesForm>

function SettingField({ name, form, backend }: { name: string; form: Form } & Pick<OverridesOf, 'backend'>) {
  if (!form.spec) return null
  return (
    <DriverField
      spec={form.spec}
      name={name}
      field={{
        value: form.values[name],
        onChange: (value) => form.setValue(name, value),
        onBlur: () => {},
        ref: () => {},
      }}
      error={form.wrong.get(name)}
      fixed={undefined}
      secret={form.again.has(name) ? backend.secrets[name] : undefined}
      again={form.again.get(name)}
    />
  )
}

/** Path and access, which every mount has. */
function PlaceFields({ form, mount }: { form: Form } & Pick<OverridesOf, 'mount'>) {
  return (
    <>
      <Field
        label="Mount point"
        help={`Everywhere else it is ${mount.mount_point}.`}
        error={form.wrong.get('mount_point')}
      >
        {(attributes) => (
          <Input
            {...attributes}
            value={form.place}
            onChange={(event) => form.setPlace(event.target.value)}
            className="font-mono text-13"
          />
        )}
      </Field>
      <Field label="Access">
        {(attributes) => (
          <Select
            {...attributes}
            value={form.access}
            onBlur={() => {}}
            onChange={form.setAccess}
            choices={[
              { value: 'same', label: `As everywhere (${mount.read_only ? 'read only' : 'read and write'})` },
              { value: 'ro', label: 'Read only' },
              { value: 'rw', label: 'Read and write' },
            ]}
          />
        )}
      </Field>
    </>
  )
}

export function OverridesForm({ onClose, ...of }: OverridesOf & { onClose: () => void }) {
  const { mount, entry, backend } = of
  const form = useOverridesForm(of)
  const { isPending } = form
  const isEssential = (name: string) => form.spec?.fields[name]?.group === 'essential'
  const { essential = [], others = [] } = Object.groupBy(form.names, (name) =>
    isEssential(name) ? 'essential' : 'others',
  )
  const draw = (name: string) => <SettingField key={name} name={name} form={form} backend={backend} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={overridesTitle(mount, entry)}
      description={OVERRIDES_DESCRIPTION}
      footer={
        <>
          {entry.overrides && (
            <Button className="mr-auto" disabled={isPending} onClick={form.reviewNone}>
              Make it as everywhere
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={isPending} onClick={form.review}>
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
          form.review()
        }}
      >
        <PlaceFields form={form} mount={mount} />
        {essential.map(draw)}
        {[...form.again.keys()].map(draw)}
        {others.length > 0 && (
          <details className="group">
            <summary className="w-fit rounded-sm text-13 font-medium text-muted hover:text-ink">More settings</summary>
            <div className="mt-4 space-y-5">{others.map(draw)}</div>
          </details>
        )}
        {form.problem !== null && <ProblemNote error={form.problem} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
