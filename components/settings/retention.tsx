'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { z } from 'zod'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { retention } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { tellFields } from '@/components/forms/tell-fields'
import { LearnMore } from '@/components/help/learn-more'
import {
  countedWords,
  logWords,
  RETAINED_WORDS,
  type Shortened,
  shortenedWords,
} from '@/components/settings/retention-words'
import { SettingsPage } from '@/components/settings/settings-page'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RelativeTime } from '@/components/ui/relative-time'
import { type RetainedView, Retention, type RetentionView } from '@/lib/retention/schema'

const DaysForm = z.object({
  operations_days: Retention.shape.operations,
  mount_history_days: Retention.shape.mount_history,
})
type Days = z.output<typeof DaysForm>
const FIELDS = { operations: 'operations_days', mount_history: 'mount_history_days' } as const

function daysOf({ kinds }: RetentionView): Days {
  const days = (kind: RetainedView['kind']) => kinds.find((one) => one.kind === kind)?.days ?? 0
  return { operations_days: days('operations'), mount_history_days: days('mount_history') }
}

function Retained({ view, children }: { view: RetainedView; children: ReactNode }) {
  const { title, what } = RETAINED_WORDS[view.kind]
  return (
    <li className="grid gap-x-8 gap-y-3 px-4 py-4 sm:grid-cols-[minmax(0,1fr)_200px]">
      <div className="min-w-0 text-13">
        <h2 className="font-medium">{title}</h2>
        <p className="text-muted">{what}</p>
        <p className="tabular mt-1.5 text-12 text-muted">
          {view.stored === 0 ? (
            'Nothing is stored yet'
          ) : (
            <>
              {countedWords(view.kind, view.stored)}
              {logWords(view.log_lines)}, the oldest <RelativeTime at={view.oldest_at} />
            </>
          )}
        </p>
      </div>
      {children}
    </li>
  )
}

/** The question before a shorter time deletes what is there. */
function KeepLess({
  shortened,
  isPending,
  onSave,
  onClose,
}: {
  shortened: readonly Shortened[]
  isPending: boolean
  onSave: () => void
  onClose: () => void
}) {
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Keep less history?"
      description={
        <ul className="space-y-3">
          {shortened.map((one) => (
            <li key={one.kind}>
              <span className="block font-medium text-ink">{shortenedWords(one)}</span>
              {RETAINED_WORDS[one.kind].loss}
            </li>
          ))}
        </ul>
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it as it is</Button>
          <Button variant="danger" pending={isPending} onClick={onSave}>
            Keep less
          </Button>
        </>
      }
    />
  )
}

/** What the new days would delete. Where nothing is old enough there is nothing to ask. */
async function shortenedBy(before: RetentionView, days: Days): Promise<Shortened[]> {
  const isShorter = ({ kind, days: known }: RetainedView) =>
    kind !== 'audit' && known !== null && days[FIELDS[kind]] < known
  if (!before.kinds.some(isShorter)) return []
  const query = new URLSearchParams(Object.entries(days).map(([field, value]) => [field, String(value)]))
  const asIf = await requestOne<RetentionView>(`/api/v1/system/retention?${query}`)
  return asIf.kinds
    .filter(isShorter)
    .flatMap(({ kind, due }) => (kind === 'audit' || due === 0 ? [] : [{ kind, due, days: days[FIELDS[kind]] }]))
}

function RetentionForm({ view }: { view: RetentionView }) {
  const [asking, setAsking] = useState<Shortened[] | null>(null)
  const { register, handleSubmit, formState, getValues, setError, reset } = useForm<Days>({
    resolver: zodResolver(DaysForm),
    mode: 'onTouched',
    // What somebody else has saved meanwhile shows, unless it is being changed here.
    values: daysOf(view),
    resetOptions: { keepDirtyValues: true },
  })
  const save = useAction<Days, RetentionView>({
    run: (body) => requestOne<RetentionView>('/api/v1/system/retention', { method: 'PATCH', body }),
    topics: ['setting'],
    done: () => 'Saved how long history is kept',
    quiet: true,
    onSuccess: (saved) => {
      setAsking(null)
      reset(daysOf(saved))
    },
  })
  async function put(days: Days) {
    try {
      await save.mutateAsync(days)
    } catch (error) {
      setAsking(null)
      tellFields(error, days, setError)
    }
  }
  const submit = handleSubmit(async (days) => {
    try {
      const shortened = await shortenedBy(view, days)
      if (shortened.length > 0) setAsking(shortened)
      else await put(days)
    } catch (error) {
      toast.error(problemOf(error).detail)
    }
  })
  const daysField = (one: RetainedView, kind: keyof typeof FIELDS) => (
    <Field
      label={
        <>
          Days <span className="sr-only">for {RETAINED_WORDS[kind].title.toLowerCase()}</span>
        </>
      }
      help={`Usually ${one.standard_days}; ${one.least_days} to ${one.most_days} are possible.`}
      error={formState.errors[FIELDS[kind]]?.message}
    >
      {(control) => (
        <Input
          {...control}
          {...register(FIELDS[kind], { valueAsNumber: true })}
          type="number"
          inputMode="numeric"
          min={one.least_days ?? undefined}
          max={one.most_days ?? undefined}
          className="tabular"
        />
      )}
    </Field>
  )
  return (
    <form noValidate onSubmit={(event) => void submit(event)}>
      <ul className="panel divide-y divide-line">
        {view.kinds.map((one) => (
          <Retained key={one.kind} view={one}>
            {one.kind === 'audit' ? <p className="text-13 sm:pt-0.5">Kept for ever</p> : daysField(one, one.kind)}
          </Retained>
        ))}
      </ul>
      {save.isError && !problemOf(save.error).fields && <ProblemNote error={save.error} className="mt-4" />}
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
        <p className="text-12 text-muted">
          {view.cleaned_at ? (
            <>
              What is older was deleted <RelativeTime at={view.cleaned_at} />, and is about once an hour.
            </>
          ) : (
            'What is older is deleted about once an hour.'
          )}{' '}
          The capacity over time is kept for five years, ever more coarsely.{' '}
          <LearnMore href="/help/monitoring#capacity-over-time" about="the capacity over time" />
        </p>
        <Button type="submit" variant="primary" pending={formState.isSubmitting} disabled={!formState.isDirty}>
          Save
        </Button>
      </div>
      {asking && (
        <KeepLess
          shortened={asking}
          isPending={save.isPending}
          onSave={() => void put(getValues())}
          onClose={() => setAsking(null)}
        />
      )}
    </form>
  )
}

export function RetentionPage() {
  const { data, error } = useQuery(retention())
  return (
    <SettingsPage title="Retention" subtitle="How long history is kept, and how much of it there is.">
      <div className="max-w-[760px]">
        {data && <RetentionForm view={data} />}
        {!data && error && <ProblemNote error={error} />}
        <Note className="mt-5">
          Deleted history does not come back when the time is made longer again. The file of an SQLite database does not
          become smaller; its space is used for what comes.
        </Note>
      </div>
    </SettingsPage>
  )
}
