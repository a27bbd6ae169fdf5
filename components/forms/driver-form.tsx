'use client'

import type { FormEvent } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { DriverFields } from '@/components/forms/driver-fields'
import { onEnter } from '@/components/forms/enter'
import { useFirstField } from '@/components/forms/first-field'
import type { FormSpec } from '@/components/forms/form-spec'
import { TestPanel } from '@/components/forms/test-panel'
import { useDriverForm } from '@/components/forms/use-driver-form'
import { useDriverTest } from '@/components/forms/use-driver-test'
import { WhatWillRun } from '@/components/forms/what-will-run'
import { Button } from '@/components/ui/button'
import type { BackendView } from '@/lib/backends/schema'

export interface BackendBody {
  name: string
  config: Record<string, unknown>
  /** The test that these settings have passed. */
  tested?: string
}

interface Props {
  spec: FormSpec
  /** The stored backend when it is being edited. */
  backend?: BackendView
  /** Sends the form; throws what the API refused. */
  onSave: (body: BackendBody) => Promise<void>
  onCancel: () => void
}

/** What a test does, in a sentence. */
function describeTest({ capabilities, readOnly }: FormSpec): string {
  if (!capabilities.includes('mount'))
    return 'Reaches the storage from a host, signs in, and looks at what is there. Nothing is written to it.'
  const tried = readOnly ? 'looks at its files' : 'writes and reads a file'
  return `Reaches the storage from a host, mounts it in a place of its own, ${tried}, and cleans up.`
}

function saveLabel(backend: BackendView | undefined, hasPassed: boolean): string {
  if (backend) return backend.mount_count > 0 ? 'Review' : 'Save changes'
  return hasPassed ? 'Save backend' : 'Save without a passing test'
}

/** The whole form of a backend, from its type's descriptor: fields, live test, and the commands that will run. */
export function DriverForm({ spec, backend, onSave, onCancel }: Props) {
  const form = useDriverForm(spec, backend)
  const { values, failure } = form
  const test = useDriverTest(form)
  const first = useFirstField(backend === undefined)
  const save = form.handleSubmit(({ name, config }) =>
    form.attempt(async () => {
      const tested = test.passed === undefined ? {} : { tested: test.passed }
      await onSave({ name: name.trim(), config: form.configOf(config), ...tested })
      form.draft.forget()
    }),
  )
  function cancel() {
    form.draft.forget()
    onCancel()
  }
  function enter(event: FormEvent) {
    event.preventDefault()
    const step = onEnter(test)
    if (step === 'test') void test.start()
    if (step === 'save') void save()
  }
  return (
    <form
      noValidate
      ref={first}
      onSubmit={enter}
      // The name has the focus at first, and that is no beginning yet.
      onFocusCapture={({ target }) => target.getAttribute('name') !== 'name' && form.begin()}
      // After the field has taken it: what comes of this while the event goes down would put back what was there before.
      onInput={form.begin}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)] lg:grid-rows-[auto_1fr]"
    >
      <DriverFields form={form} discoveryBody={test.body} blamed={test.blamed} />
      <div className="min-w-0 space-y-5 lg:sticky lg:top-16 lg:row-span-2">
        <TestPanel
          operationId={test.operationId}
          outdated={test.isOutdated}
          hostId={test.hostId}
          onHost={test.setHostId}
          onTest={() => void test.start()}
          about={describeTest(spec)}
        />
        {spec.capabilities.includes('mount') && (
          <WhatWillRun rules={form.rules} values={values.config} name={values.name} />
        )}
      </div>
      <div className="min-w-0 space-y-5 lg:col-start-1">
        {failure !== null && <ProblemNote error={failure} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            variant={test.hasPassed || backend ? 'primary' : 'secondary'}
            size="lg"
            pending={form.isSubmitting}
            onClick={() => void save()}
          >
            {saveLabel(backend, test.hasPassed)}
          </Button>
          <Button variant="ghost" size="lg" onClick={cancel}>
            Cancel
          </Button>
          {/* Of no use to a pointer: with it, Enter in a field submits the form. */}
          <button type="submit" hidden />
        </div>
      </div>
    </form>
  )
}
