'use client'

import { useMemo, useState } from 'react'
import { Controller, useForm, useWatch } from 'react-hook-form'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { DriverField } from '@/components/forms/driver-field'
import { formSpecOf } from '@/components/forms/driver-rules'
import { isVisible } from '@/components/forms/driver-values'
import { Fold } from '@/components/forms/fold'
import { FormDialog } from '@/components/forms/form-dialog'
import {
  againOf,
  bodyOf,
  errorsOf,
  isNarrowed,
  isTimed,
  type NotifierValues,
  neededOf,
  valuesOf,
} from '@/components/notifiers/notifier-values'
import { OnlyFields, SeverityField } from '@/components/notifiers/rules-fields'
import { TimingFields } from '@/components/notifiers/timing-fields'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import { ALL_NOTIFIERS, type AnyNotifier, findNotifier, notifierByType } from '@/lib/notifiers/registry'
import type { NotifierView } from '@/lib/notifiers/schema'

interface Props {
  /** The stored one when it is changed. */
  notifier?: NotifierView
  onDone: (notifier: NotifierView) => void
  onClose: () => void
}

/** Makes a notifier, or changes one: the fields are those of its type. */
export function NotifierForm({ notifier, onDone, onClose }: Props) {
  const [type, setType] = useState<string>(notifier?.type ?? 'email')
  const descriptor = findNotifier(type) ?? notifierByType('email')
  // Another type has other fields, and begins anew.
  return (
    <TypeForm
      key={descriptor.id}
      descriptor={descriptor}
      onType={notifier ? undefined : setType}
      {...(notifier ? { notifier } : {})}
      onDone={onDone}
      onClose={onClose}
    />
  )
}

function TypeForm({
  descriptor,
  notifier,
  onType,
  onDone,
  onClose,
}: Props & { descriptor: AnyNotifier; onType: ((type: string) => void) | undefined }) {
  const spec = formSpecOf(descriptor)
  const fresh = useMemo(() => valuesOf(descriptor, notifier), [descriptor, notifier])
  const { control, handleSubmit, setError, formState } = useForm<NotifierValues>({
    mode: 'onTouched',
    defaultValues: fresh,
    resolver: (values) => {
      const errors = errorsOf(descriptor, values, notifier)
      return Object.keys(errors).length > 0 ? { values: {}, errors } : { values, errors: {} }
    },
  })
  const { config } = useWatch({ control }) as NotifierValues
  const again = useMemo(() => againOf(descriptor, config, notifier), [descriptor, config, notifier])
  const needed = useMemo(() => neededOf(descriptor, config, notifier), [descriptor, config, notifier])
  const save = useAction<NotifierValues, NotifierView>({
    run: (values) =>
      requestOne<NotifierView>(notifier ? `/api/v1/notifiers/${notifier.id}` : '/api/v1/notifiers', {
        method: notifier ? 'PATCH' : 'POST',
        body: { ...bodyOf(descriptor, values, notifier), ...(notifier ? {} : { type: descriptor.id }) },
      }),
    topics: ['notifier'],
    done: (saved) => `${saved.name} is saved`,
    quiet: true,
    onSuccess: onDone,
  })
  const submit = handleSubmit(async (values) => {
    try {
      await save.mutateAsync(values)
    } catch (error) {
      for (const { field, message } of problemOf(error).fields ?? []) {
        const key = field.replace(/^config\./, '')
        if (key === 'name') setError('name', { type: 'api', message })
        else if (spec.fields[key]) setError(`config.${key}`, { type: 'api', message })
      }
    }
  })
  const namesOf = (group: string) =>
    Object.entries(spec.fields)
      .filter(([, hint]) => hint.group === group && isVisible(hint, config))
      .map(([name]) => name)
  const draw = (name: string) => (
    <Controller
      key={name}
      control={control}
      name={`config.${name}`}
      render={({ field, fieldState }) => (
        <DriverField
          spec={spec}
          name={name}
          field={field}
          error={fieldState.error?.message}
          fixed={undefined}
          secret={notifier?.secrets[name]}
          again={again.get(name)}
          isNeeded={needed.has(name)}
        />
      )}
    />
  )
  const advanced = namesOf('advanced')
  const isLimited = descriptor.isForPrograms !== true
  return (
    <FormDialog
      size="md"
      title={notifier ? `Change ${notifier.name}` : 'New notifier'}
      submit={{ label: notifier ? 'Save changes' : 'Save notifier', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {onType && (
        <Field label="By" help={`It sends ${descriptor.summary}.`}>
          {(attributes) => (
            <Select
              {...attributes}
              value={descriptor.id}
              onChange={onType}
              choices={ALL_NOTIFIERS.map(({ id, title }) => ({ value: id, label: title }))}
            />
          )}
        </Field>
      )}
      <Controller
        control={control}
        name="name"
        render={({ field, fieldState }) => (
          <Field label="Name" help="How people find it." error={fieldState.error?.message}>
            {(attributes) => <Input {...attributes} {...field} placeholder="On call" />}
          </Field>
        )}
      />
      {[...namesOf('essential'), ...namesOf('credentials')].map(draw)}
      <SeverityField control={control} />
      <Fold
        title="Only some alerts"
        count={2}
        forced={formState.errors.host_labels !== undefined || isNarrowed(fresh)}
        attempts={formState.submitCount}
      >
        <OnlyFields control={control} />
      </Fold>
      <Fold
        title="When, and how often"
        count={isLimited ? 4 : 3}
        forced={formState.errors.quiet !== undefined || formState.errors.most_per_hour !== undefined || isTimed(fresh)}
        attempts={formState.submitCount}
      >
        <TimingFields control={control} isLimited={isLimited} />
      </Fold>
      {advanced.length > 0 && (
        <Fold
          title="Advanced"
          count={advanced.length}
          forced={advanced.some((name) => formState.errors.config?.[name] !== undefined)}
          attempts={formState.submitCount}
        >
          {advanced.map(draw)}
        </Fold>
      )}
      <Controller
        control={control}
        name="enabled"
        render={({ field }) => (
          <SwitchRow
            label="Send messages"
            help="Switched off, nothing is queued for it; it can be tested all the same."
            checked={field.value}
            onChange={field.onChange}
          />
        )}
      />
      {save.isError && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
