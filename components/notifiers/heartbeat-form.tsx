'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { Controller, useForm } from 'react-hook-form'
import { z } from 'zod'
import { isSaidAtFields, ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Fold } from '@/components/forms/fold'
import { FormDialog } from '@/components/forms/form-dialog'
import { tellFields } from '@/components/forms/tell-fields'
import { Field, Input, Textarea } from '@/components/ui/field'
import { SwitchRow } from '@/components/ui/switch-row'
import { certificateProblem, checked } from '@/lib/drivers/grammar'
import { IS_REQUIRED } from '@/lib/field-messages'
import { EVERY_MINUTES, type HeartbeatView, SetHeartbeat } from '@/lib/heartbeat/schema'
import { CA_FIELD, webAddressProblem } from '@/lib/notifiers/contract/fields'

const formOf = (isStored: boolean) =>
  z.object({
    url: checked((value) => (value === '' ? (isStored ? null : IS_REQUIRED) : webAddressProblem(value))),
    every_minutes: SetHeartbeat.shape.every_minutes.unwrap(),
    ca_certificate: checked((value) => (value.trim() === '' ? null : certificateProblem(value))),
    enabled: z.boolean(),
  })
type Values = z.output<ReturnType<typeof formOf>>

/** Sets the dead-man's switch up, or changes it; the stored address is not shown and stays when none is entered. */
export function HeartbeatForm({ heartbeat, onClose }: { heartbeat: HeartbeatView | null; onClose: () => void }) {
  const { control, register, handleSubmit, setError, formState } = useForm<Values>({
    resolver: zodResolver(formOf(heartbeat !== null)),
    mode: 'onTouched',
    defaultValues: {
      url: '',
      every_minutes: heartbeat?.every_minutes ?? EVERY_MINUTES.standard,
      ca_certificate: heartbeat?.ca_certificate ?? '',
      enabled: heartbeat?.enabled ?? true,
    },
  })
  const save = useAction<Values, HeartbeatView>({
    run: ({ url, ca_certificate, ...others }) =>
      requestOne<HeartbeatView>('/api/v1/system/heartbeat', {
        method: 'PUT',
        body: {
          ...others,
          ...(url === '' ? {} : { url }),
          ca_certificate: ca_certificate.trim() === '' ? null : ca_certificate,
        },
      }),
    topics: ['notifier'],
    done: () => "The dead-man's switch is saved",
    quiet: true,
    onSuccess: onClose,
  })
  const submit = handleSubmit(async (values) => {
    await save.mutateAsync(values).catch((error: unknown) => tellFields(error, values, setError))
  })
  const { errors } = formState
  return (
    <FormDialog
      title={heartbeat === null ? "Set up the dead-man's switch" : "Change the dead-man's switch"}
      submit={{ label: heartbeat === null ? 'Save and ping' : 'Save changes', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field
        label="Address"
        help={
          heartbeat === null
            ? 'From a service that waits for pings, such as Healthchecks.io or Uptime Kuma. Who knows it can say that all is well, so it is kept as a secret.'
            : `An address at ${heartbeat.target} is stored (${heartbeat.fingerprint}). Leave this empty to keep it.`
        }
        error={errors.url?.message}
      >
        {(attributes) => (
          <Input {...attributes} {...register('url')} type="password" placeholder="https://hc-ping.com/…" />
        )}
      </Field>
      <Field
        label="Minutes between two pings"
        help="Let the service wait for at least twice as long before it tells."
        error={errors.every_minutes?.message}
      >
        {(attributes) => (
          <Input
            {...attributes}
            {...register('every_minutes', { valueAsNumber: true })}
            type="number"
            inputMode="numeric"
            min={1}
            max={EVERY_MINUTES.most}
            className="tabular"
          />
        )}
      </Field>
      <Fold title="Advanced" count={1} forced={errors.ca_certificate !== undefined} attempts={formState.submitCount}>
        <Field label={CA_FIELD.label} help={CA_FIELD.help} optional error={errors.ca_certificate?.message}>
          {(attributes) => <Textarea {...attributes} {...register('ca_certificate')} />}
        </Field>
      </Fold>
      <Controller
        control={control}
        name="enabled"
        render={({ field }) => (
          <SwitchRow
            label="Send pings"
            help="Switched off, the service outside will miss them."
            checked={field.value}
            onChange={field.onChange}
          />
        )}
      />
      {save.isError && !isSaidAtFields(save.error, ['url', 'every_minutes', 'ca_certificate']) && (
        <ProblemNote error={save.error} />
      )}
    </FormDialog>
  )
}
