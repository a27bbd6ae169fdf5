'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { backendList, sampling } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { LearnMore } from '@/components/help/learn-more'
import { SettingsPage } from '@/components/settings/settings-page'
import { Button, IconButton } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import { Select } from '@/components/ui/select'
import type { SamplingView, UpdateSampling } from '@/lib/monitoring/sampling/schema'

function minuteChoices({ least_minutes: least, most_minutes: most, standard_minutes: standard }: SamplingView) {
  return Array.from({ length: most - least + 1 }, (_, at) => least + at).map((minutes) => ({
    value: String(minutes),
    label: minutes === 1 ? 'Every minute' : `Every ${minutes} minutes`,
    detail: minutes === standard ? 'as delivered' : undefined,
  }))
}

function useSave() {
  return useAction<UpdateSampling, SamplingView>({
    run: (body) => requestOne<SamplingView>('/api/v1/system/sampling', { method: 'PATCH', body }),
    topics: ['setting'],
    done: () => 'Saved. Hosts go by it within a minute',
  })
}

/** A backend that is to be measured at another time than the others. */
function AddBackend({ view, save }: { view: SamplingView; save: ReturnType<typeof useSave> }) {
  const { data } = useQuery(backendList())
  const [chosen, setChosen] = useState('')
  const taken = new Set(view.backends.map(({ id }) => id))
  const choices = (data?.data ?? [])
    .filter(({ id }) => !taken.has(id))
    .map(({ id, name }) => ({ value: id, label: name }))
  if (choices.length === 0) return null
  function add() {
    save.mutate({ backends: { [chosen]: view.minutes } }, { onSuccess: () => setChosen('') })
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-line border-t px-4 py-3">
      <div className="min-w-48 flex-1">
        <Select
          aria-label="Backend"
          value={chosen}
          onChange={setChosen}
          choices={choices}
          placeholder="Choose a backend"
        />
      </div>
      <Button icon={Plus} disabled={chosen === ''} pending={save.isPending} onClick={add}>
        Add
      </Button>
    </div>
  )
}

function Measuring({ view }: { view: SamplingView }) {
  const save = useSave()
  const choices = minuteChoices(view)
  return (
    <div className="space-y-5">
      <Panel title="All storages">
        <div className="flex flex-wrap items-center justify-between gap-x-8 gap-y-2">
          <p className="min-w-0 flex-1 basis-60 text-13 text-muted">
            How often each host measures what it has mounted: its capacity, its inodes and its speed.
          </p>
          <div className="w-full sm:w-52">
            <Select
              aria-label="How often all storages are measured"
              value={String(view.minutes)}
              onChange={(minutes) => save.mutate({ minutes: Number(minutes) })}
              choices={choices}
              disabled={save.isPending}
            />
          </div>
        </div>
      </Panel>
      <Panel title="Measured at another interval" flush>
        {view.backends.length === 0 && (
          <p className="px-4 py-3 text-13 text-muted">Each backend is measured as often as all others.</p>
        )}
        <ul className="divide-y divide-line text-13">
          {view.backends.map(({ id, name, minutes }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
              <span className="min-w-0 flex-1 break-words font-medium">{name}</span>
              <div className="w-44">
                <Select
                  aria-label={`How often ${name} is measured`}
                  value={String(minutes)}
                  onChange={(next) => save.mutate({ backends: { [id]: Number(next) } })}
                  choices={choices}
                  disabled={save.isPending}
                />
              </div>
              <IconButton
                icon={X}
                label={`Measure ${name} as the others`}
                onClick={() => save.mutate({ backends: { [id]: null } })}
              />
            </li>
          ))}
        </ul>
        <AddBackend view={view} save={save} />
      </Panel>
    </div>
  )
}

export function MeasuringPage() {
  const { data, error } = useQuery(sampling())
  return (
    <SettingsPage title="Measuring" subtitle="How often storages are measured.">
      <div className="max-w-[760px]">
        {data && <Measuring view={data} />}
        {!data && error && <ProblemNote error={error} />}
        <p className="mt-4 text-12 text-muted">
          Each measurement asks the server of the storage once, from each host that has it mounted. What is at least 85
          % full is measured every minute all the same.{' '}
          <LearnMore href="/help/monitoring#capacity-over-time" about="how storages are measured" />
        </p>
      </div>
    </SettingsPage>
  )
}
