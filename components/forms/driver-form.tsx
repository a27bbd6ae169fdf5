'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { Controller, type FieldErrors, type Resolver, useForm, useWatch } from 'react-hook-form'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { operationOne } from '@/components/data/queries'
import { requestOne, WATCHED } from '@/components/data/request'
import { DriverField } from '@/components/forms/driver-field'
import {
  checkValues,
  type FieldValues,
  initialValues,
  isVisible,
  neededFields,
  toConfig,
} from '@/components/forms/driver-values'
import { secretsAgain, secretsToClear } from '@/components/forms/secrets-again'
import { TestPanel } from '@/components/forms/test-panel'
import { hasPassed } from '@/components/forms/test-result'
import { useDraft } from '@/components/forms/use-draft'
import { WhatWillRun } from '@/components/forms/what-will-run'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { BackendName, type BackendView } from '@/lib/backends/schema'
import { type AnyDescriptor, secretKeys } from '@/lib/drivers/registry'
import type { OperationView } from '@/lib/operations/schema'

interface Values {
  name: string
  config: FieldValues
}

interface Props {
  descriptor: AnyDescriptor
  /** The stored backend when it is being edited. */
  backend?: BackendView
  /** Sends the form; throws what the API refused. */
  onSave: (body: { name: string; config: Record<string, unknown> }) => Promise<void>
  onCancel: () => void
}

function makeResolver(descriptor: AnyDescriptor, backend: BackendView | undefined): Resolver<Values> {
  return (values) => {
    const errors: FieldErrors<Values> = {}
    const name = BackendName.safeParse(values.name)
    if (!name.success) errors.name = { type: 'name', message: name.error.issues[0]?.message ?? '' }
    const again = secretsAgain(descriptor, values.config, backend?.config, backend?.secrets)
    const problems = [
      ...checkValues(descriptor, values.config, backend?.config).problems,
      ...[...again].map(([field, message]) => ({ field, message })),
    ]
    if (problems.length > 0) {
      errors.config = Object.fromEntries(
        problems.map(({ field, message }) => [field, { type: 'value', message }]),
      ) as NonNullable<FieldErrors<Values>['config']>
    }
    return Object.keys(errors).length > 0 ? { values: {}, errors } : { values, errors: {} }
  }
}

/** What a test does, in a sentence. */
function describeTest({ capabilities, readOnly }: AnyDescriptor): string {
  if (!(capabilities as readonly string[]).includes('mount'))
    return 'Reaches the storage from a host, signs in, and looks at what is there. Nothing is written to it.'
  const tried = readOnly ? 'looks at its files' : 'writes and reads a file'
  return `Reaches the storage from a host, mounts it in a place of its own, ${tried}, and cleans up.`
}

/** The whole form of a backend, from its type's descriptor: fields, live test, and the commands that will run. */
export function DriverForm({ descriptor, backend, onSave, onCancel }: Props) {
  const stored = backend?.config
  const secrets = useMemo(() => secretKeys(descriptor), [descriptor])
  const resolver = useMemo(() => makeResolver(descriptor, backend), [descriptor, backend])
  const form = useForm<Values>({
    resolver,
    mode: 'onTouched',
    defaultValues: { name: backend?.name ?? '', config: initialValues(descriptor, stored) },
  })
  const { control, handleSubmit, setError, getValues, formState, reset, trigger } = form
  const values = useWatch({ control }) as Values
  const draft = useDraft(
    backend ? null : `backend:${descriptor.id}`,
    values,
    (kept) => reset(kept, { keepDefaultValues: true }),
    {
      without: secrets,
    },
  )

  const [failure, setFailure] = useState<unknown>(null)
  const [test, setTest] = useState<{ operationId: string; of: string } | null>(null)
  const [hostId, setHostId] = useState('')
  const { data: tested } = useQuery({ ...operationOne(test?.operationId ?? ''), enabled: test !== null })
  const configOf = (config: FieldValues) => ({
    ...toConfig(descriptor, config, backend !== undefined),
    ...secretsToClear(descriptor, config, stored, backend?.secrets),
  })
  const body = () => ({
    type: descriptor.id,
    config: configOf(getValues('config')),
    ...(backend ? { backend_id: backend.id } : {}),
    ...(hostId ? { host_id: hostId } : {}),
  })
  const fingerprint = JSON.stringify(values.config)
  const again = useMemo(
    () => secretsAgain(descriptor, values.config, stored, backend?.secrets),
    [descriptor, values.config, stored, backend],
  )
  const needed = useMemo(() => neededFields(descriptor, values.config, stored), [descriptor, values.config, stored])
  const proven = tested !== undefined && hasPassed(tested) && test?.of === fingerprint

  function takeProblems(error: unknown) {
    const { fields = [] } = problemOf(error)
    for (const { field, message } of fields) {
      const key = field.replace(/^config\./, '')
      if (key === 'name') setError('name', { type: 'api', message })
      else if (descriptor.fields[key]) setError(`config.${key}`, { type: 'api', message })
    }
    setFailure(error)
  }

  async function runTest() {
    setFailure(null)
    if (!(await trigger('config', { shouldFocus: true }))) return
    try {
      const started = await requestOne<OperationView>('/api/v1/storage/backends/test', {
        method: 'POST',
        body: body(),
        headers: WATCHED,
      })
      setTest({ operationId: started.id, of: JSON.stringify(getValues('config')) })
    } catch (error) {
      takeProblems(error)
    }
  }

  const save = handleSubmit(async ({ name, config }) => {
    setFailure(null)
    try {
      await onSave({ name: name.trim(), config: configOf(config) })
      draft.forget()
    } catch (error) {
      takeProblems(error)
    }
  })

  function fieldsOf(group: 'essential' | 'credentials' | 'advanced'): string[] {
    return Object.entries(descriptor.fields)
      .filter(([, hint]) => hint.group === group && isVisible(hint, values.config))
      .map(([key]) => key)
  }
  function renderField(key: string) {
    return (
      <Controller
        key={key}
        control={control}
        name={`config.${key}`}
        render={({ field, fieldState }) => (
          <DriverField
            descriptor={descriptor}
            name={key}
            field={field}
            error={fieldState.error?.message}
            fixed={backend ? descriptor.fixedAfterCreate[key] : undefined}
            secret={backend?.secrets[key]}
            again={again.get(key)}
            isNeeded={needed.has(key)}
            discoveryBody={body}
          />
        )}
      />
    )
  }
  const credentials = fieldsOf('credentials')
  const advanced = fieldsOf('advanced')
  const advancedErrors = advanced.filter((key) => formState.errors.config?.[key]).length

  return (
    <form
      noValidate
      onSubmit={(event) => void save(event)}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)] lg:grid-rows-[auto_1fr]"
    >
      <div className="min-w-0 space-y-5">
        <Panel title={descriptor.title}>
          <div className="space-y-5">
            <Controller
              control={control}
              name="name"
              render={({ field, fieldState }) => (
                <Field
                  label="Name"
                  help="How people find it. Any text; it can change later."
                  error={fieldState.error?.message}
                >
                  {(attributes) => <Input {...attributes} {...field} placeholder="media" />}
                </Field>
              )}
            />
            {fieldsOf('essential').map(renderField)}
          </div>
        </Panel>
        {credentials.length > 0 && (
          <Panel title="Credentials">
            <div className="space-y-5">{credentials.map(renderField)}</div>
          </Panel>
        )}
        {advanced.length > 0 && (
          <Fold title="Advanced" count={advanced.length} forced={advancedErrors > 0}>
            {advanced.map(renderField)}
          </Fold>
        )}
      </div>
      <div className="min-w-0 space-y-5 lg:sticky lg:top-16 lg:row-span-2">
        <TestPanel
          operationId={test?.operationId ?? null}
          outdated={test !== null && test.of !== fingerprint}
          hostId={hostId}
          onHost={setHostId}
          onTest={() => void runTest()}
          about={describeTest(descriptor)}
        />
        <WhatWillRun descriptor={descriptor} values={values.config} stored={stored} name={values.name} />
      </div>
      <div className="min-w-0 space-y-5 lg:col-start-1">
        {failure !== null && <ProblemNote error={failure} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            variant={proven || backend ? 'primary' : 'secondary'}
            size="lg"
            pending={formState.isSubmitting}
          >
            {backend && backend.mount_count > 0
              ? 'Review'
              : backend
                ? 'Save changes'
                : proven
                  ? 'Save backend'
                  : 'Save without a passing test'}
          </Button>
          <Button variant="ghost" size="lg" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      </div>
    </form>
  )
}

/** Opens by itself when something in it is wrong. */
function Fold({
  title,
  count,
  forced,
  children,
}: {
  title: string
  count: number
  forced: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (forced) setOpen(true)
  }, [forced])
  return (
    <section className="panel">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-11 w-full items-center gap-2 rounded-lg px-4 text-left text-13 font-semibold hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={`size-4 text-faint transition-transform duration-100 ${open ? 'rotate-90' : ''}`}
          />
          {title}
          <span className="font-normal text-muted">
            {count === 1 ? '1 setting with a default' : `${count} settings, all with defaults`}
          </span>
        </button>
      </h2>
      <div hidden={!open} className="space-y-5 border-t border-line p-4">
        {children}
      </div>
    </section>
  )
}
