'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { Suspense } from 'react'
import { Controller } from 'react-hook-form'
import { ProblemNote } from '@/components/data/problem-note'
import { useFirstField } from '@/components/forms/first-field'
import { useDriver } from '@/components/forms/use-driver'
import { ShownCommands } from '@/components/forms/what-will-run'
import { ChosenHosts } from '@/components/mounts/forms/chosen-hosts'
import { MountOptions } from '@/components/mounts/forms/mount-options'
import { PlaceFields } from '@/components/mounts/forms/place-fields'
import { type NewMountValues, useNewMount } from '@/components/mounts/forms/use-new-mount'
import type { useTargeting } from '@/components/mounts/forms/use-targeting'
import { Button } from '@/components/ui/button'
import { Panel, Skeleton } from '@/components/ui/feedback'
import { SwitchRow } from '@/components/ui/switch-row'
import type { BackendView } from '@/lib/backends/schema'
import { shownMount } from '@/lib/drivers/shown-mount'
import type { HostRow } from '@/lib/hosts/schema'

/** Fetched with the first review. */
const ReviewNewMount = dynamic(
  () => import('@/components/mounts/forms/review-new-mount').then((module) => module.ReviewNewMount),
  { ssr: false },
)

function hostsInWords([first, ...others]: readonly HostRow[]): string {
  if (!first) return '0 hosts'
  return others.length === 0 ? first.name : `${others.length + 1} hosts`
}

function Targets({ targeting }: { targeting: ReturnType<typeof useTargeting> }) {
  return (
    <div className="space-y-2">
      <ChosenHosts targeting={targeting} />
    </div>
  )
}

/** The commands of the mount as it is typed. */
function Commands({
  backend,
  values,
  targeted,
}: {
  backend: BackendView | undefined
  values: NewMountValues
  targeted: readonly HostRow[]
}) {
  const wanted = { mountId: '', path: values.mount_point || '/mnt/name', readOnly: values.read_only ?? false }
  const descriptor = useDriver(backend?.driver ?? '')
  const shown = backend && descriptor ? shownMount(descriptor, backend.config, wanted) : null
  if (shown === null) return <p className="text-13 text-muted">Choose a backend to see the commands.</p>
  return (
    <div className="space-y-2">
      <p className="text-13 text-muted">
        {targeted.length === 0 ? 'On each of its hosts' : `On ${hostsInWords(targeted)}`}, into a guarded directory, and
        read back afterwards:
      </p>
      <ShownCommands {...shown} />
    </div>
  )
}

/** What is mounted and where, on which hosts, how; beside it what will run. `preset` is the id of a backend to begin with. */
export function NewMountForm({ backends, preset }: { backends: BackendView[]; preset: string }) {
  const router = useRouter()
  const backendOf = (id: string) => backends.find((backend) => backend.id === id)
  const { form, targeting, failure, reviewing, submit, backToForm } = useNewMount(backendOf(preset))
  const first = useFirstField()
  const values = form.watch()
  return (
    <form
      noValidate
      ref={first}
      onSubmit={(event) => void submit(event)}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)]"
    >
      <div className="min-w-0 space-y-5">
        <Panel title="What and where">
          <PlaceFields form={form} backends={backends} />
        </Panel>
        <Panel title="Hosts">
          <Targets targeting={targeting} />
        </Panel>
        <Panel title="Options">
          <div className="space-y-5">
            <MountOptions value={values} onChange={form.setValues} />
            <Controller
              control={form.control}
              name="do_mount"
              render={({ field }) => (
                <SwitchRow
                  label="Mount now"
                  help="Off: it is only written down, and mounted when you say so."
                  checked={field.value ?? true}
                  onChange={field.onChange}
                />
              )}
            />
          </div>
        </Panel>
        {failure !== null && <ProblemNote error={failure} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" variant="primary" size="lg" pending={form.formState.isSubmitting}>
            Review
          </Button>
          <Button variant="ghost" size="lg" onClick={() => router.push('/mounts')}>
            Cancel
          </Button>
        </div>
      </div>
      <Panel title="What will run, exactly" className="lg:sticky lg:top-16">
        <Suspense fallback={<Skeleton className="h-16 w-full" />}>
          <Commands backend={backendOf(values.backend_id)} values={values} targeted={targeting.targeted} />
        </Suspense>
      </Panel>
      {reviewing && <ReviewNewMount {...reviewing} where={hostsInWords(targeting.targeted)} onBack={backToForm} />}
    </form>
  )
}
