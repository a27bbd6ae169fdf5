'use client'

import { Controller } from 'react-hook-form'
import { DriverField } from '@/components/forms/driver-field'
import { isVisible } from '@/components/forms/driver-values'
import { leaveFirst } from '@/components/forms/first-field'
import { Fold } from '@/components/forms/fold'
import type { DriverFormState } from '@/components/forms/use-driver-form'
import { Button } from '@/components/ui/button'
import { Note, Panel } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'

interface Props {
  form: DriverFormState
  /** What a field sends that asks a host for its choices. */
  discoveryBody: () => Record<string, unknown>
  /** The field that the latest test failed by. */
  blamed: { field: string; message: string } | null
}

function BackendNameField({ control }: Pick<DriverFormState, 'control'>) {
  return (
    <Controller
      control={control}
      name="name"
      render={({ field, fieldState }) => (
        <Field label="Name" help="How people find it. Any text; it can change later." error={fieldState.error?.message}>
          {(attributes) => (
            <Input {...attributes} {...field} onBlur={leaveFirst(field, fieldState)} placeholder="media" />
          )}
        </Field>
      )}
    />
  )
}

/** Another storage under this name would be news to nobody who uses it. */
function isUsed(backend: Props['form']['backend']): boolean {
  return backend !== undefined && (backend.mount_count > 0 || backend.connections.length > 0)
}

function SettingField({ name, form, discoveryBody, blamed }: Props & { name: string }) {
  const { spec, backend } = form
  const leave = (onBlur: () => void) => {
    form.takeApart().catch(() => {})
    onBlur()
  }
  return (
    <Controller
      control={form.control}
      name={`config.${name}`}
      render={({ field, fieldState }) => (
        <DriverField
          spec={spec}
          name={name}
          field={{ ...field, onBlur: () => leave(field.onBlur) }}
          error={fieldState.error?.message ?? (blamed?.field === name ? blamed.message : undefined)}
          fixed={isUsed(backend) ? spec.fixedAfterCreate[name] : undefined}
          secret={backend?.secrets[name]}
          again={form.again.get(name)}
          isNeeded={form.needed.has(name)}
          discoveryBody={discoveryBody}
        />
      )}
    />
  )
}

/** The name and the settings of a backend, in the groups that its type's descriptor puts them in. */
export function DriverFields({ form, discoveryBody, blamed }: Props) {
  const { spec, values, errors } = form
  const isWrong = (name: string) => errors.config?.[name] !== undefined || blamed?.field === name
  const namesOf = (group: FieldHint['group']) =>
    Object.entries(spec.fields)
      .filter(([, hint]) => hint.group === group && isVisible(hint, values.config))
      .map(([name]) => name)
  const draw = (name: string) => (
    <SettingField key={name} name={name} form={form} discoveryBody={discoveryBody} blamed={blamed} />
  )
  const credentials = namesOf('credentials')
  const advanced = namesOf('advanced')
  return (
    <div className="min-w-0 space-y-5">
      <div role="status" className="empty:hidden">
        {form.draft.isRestored && (
          <Note
            action={
              <Button size="sm" onClick={form.draft.clear}>
                Clear
              </Button>
            }
          >
            Restored what you had entered before.
          </Note>
        )}
      </div>
      <Panel title={spec.title}>
        <div className="space-y-5">
          <BackendNameField control={form.control} />
          {namesOf('essential').map(draw)}
        </div>
        {/* Always there, so that it is read out when it is filled. */}
        <div role="status">
          {form.pasted.length > 0 && (
            <Note kind="info" className="mt-5">
              {form.pasted.join(' ')}
            </Note>
          )}
        </div>
      </Panel>
      {credentials.length > 0 && (
        <Panel title="Credentials">
          <div className="space-y-5">{credentials.map(draw)}</div>
        </Panel>
      )}
      {advanced.length > 0 && (
        <Fold title="Advanced" count={advanced.length} forced={advanced.some(isWrong)} attempts={form.attempts}>
          {advanced.map(draw)}
        </Fold>
      )}
    </div>
  )
}
