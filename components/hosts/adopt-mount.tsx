'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useDriver } from '@/components/forms/use-driver'
import { requestPlan } from '@/components/plans/plan-request'
import { ReviewChange } from '@/components/plans/review-change'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Facts, Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import type { HostView } from '@/lib/hosts/schema'
import type { ExistingMountView } from '@/lib/imports/existing-schema'
import type { MountView } from '@/lib/mounts/schema'
import type { PlanView } from '@/lib/plans/schema'

interface Adopted {
  data: MountView
  fstab: ExistingMountView['fstab']
}

interface Shown {
  mount: ExistingMountView
}

function WhatIsThere({ mount }: Shown) {
  const descriptor = useDriver(mount.type ?? '')
  return (
    <Facts
      items={[
        [
          'Source',
          <span key="source" className="break-all font-mono text-12">
            {mount.source}
          </span>,
        ],
        ['Access', mount.read_only ? 'Read only' : 'Read and write'],
        [
          'Backend',
          mount.existing_backend
            ? `${mount.existing_backend.name}, which is there already`
            : `A new one (${descriptor?.title})`,
        ],
      ]}
    />
  )
}

/** The name, and what the host does not tell. */
function AdoptFields({
  mount,
  name,
  given,
  errorOf,
  onName,
  onGiven,
}: Shown & {
  name: string
  given: Readonly<Record<string, string>>
  errorOf: (field: string) => string | undefined
  onName: (name: string) => void
  onGiven: (field: string, value: string) => void
}) {
  const descriptor = useDriver(mount.type ?? '')
  return (
    <>
      <Field label="Name" error={errorOf('name')}>
        {(control) => <Input {...control} value={name} onChange={(event) => onName(event.target.value)} />}
      </Field>
      {mount.needs.map((field) => (
        <Field
          key={field}
          label={descriptor?.fields[field]?.label ?? field}
          help="A host does not tell this. It is needed for the next mount, after a restart for example."
          error={errorOf(`config.${field}`)}
        >
          {(control) => (
            <Input
              {...control}
              type={field === 'username' ? 'text' : 'password'}
              autoComplete="new-password"
              value={given[field] ?? ''}
              onChange={(event) => onGiven(field, event.target.value)}
            />
          )}
        </Field>
      ))}
    </>
  )
}

/** What the adoption does not keep, and what it cannot see yet. */
function WhatChanges({ mount }: Shown) {
  return (
    <>
      {mount.left_out.length > 0 && (
        <Note title="Some options are left out">
          Holdfast does not have them; those in force stay until it mounts by itself:{' '}
          <span className="font-mono text-12">{mount.left_out.join(', ')}</span>
        </Note>
      )}
      {mount.mounted && (
        <p className="text-12 text-muted">
          The directory under the mount cannot be seen while it is mounted. It is guarded against stray writes from the
          next unmount on.
        </p>
      )}
    </>
  )
}

/** Asks for what the host does not tell, and takes the mount over. */
export function AdoptMount({
  host,
  mount,
  onClose,
  onAdopted,
}: {
  host: HostView
  mount: ExistingMountView
  onClose: () => void
  onAdopted: () => void
}) {
  const router = useRouter()
  const [name, setName] = useState(mount.suggested_name)
  const [given, setGiven] = useState<Record<string, string>>({})
  const [adopted, setAdopted] = useState<Adopted | null>(null)
  const body = { mount_point: mount.mount_point, name, ...(mount.needs.length > 0 ? { config: given } : {}) }
  const change = { action: 'adopt_existing', host_id: host.id, change: body } as const
  // The host is asked again what it has: the plan is of this moment.
  const plan = useAction<void, PlanView>({ run: () => requestPlan(change), topics: ['operation'], quiet: true })
  const fields = plan.error ? (problemOf(plan.error).fields ?? []) : []
  const errorOf = (field: string) => fields.find((problem) => problem.field === field)?.message
  if (adopted) return <Taken adopted={adopted} onDone={onAdopted} onOpen={(id) => router.push(`/mounts/${id}`)} />
  if (plan.data)
    return (
      <ReviewChange
        title={`Adopt ${mount.mount_point}?`}
        change={change}
        plan={plan.data}
        apply={{ label: mount.mounted ? 'Adopt' : mount.auto_mount ? 'Import and mount' : 'Import' }}
        send={async ({ headers }) => {
          const made = await request<Adopted & { operation: { id: string } | null }>(
            `/api/v1/hosts/${host.id}/existing-mounts/adopt`,
            { method: 'POST', body, headers: { ...headers, prefer: 'wait=20' } },
          )
          setAdopted(made)
          return made.operation ? [made.operation.id] : []
        }}
        onBack={() => plan.reset()}
        onClose={onClose}
      />
    )

  const isIncomplete = name === '' || mount.needs.some((field) => !given[field])
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Adopt ${mount.mount_point}?`}
      description={whatHappens(mount)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={isIncomplete} pending={plan.isPending} onClick={() => plan.mutate()}>
            Review
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <WhatIsThere mount={mount} />
        <AdoptFields
          mount={mount}
          name={name}
          given={given}
          errorOf={errorOf}
          onName={setName}
          onGiven={(field, value) => setGiven({ ...given, [field]: value })}
        />
        <WhatChanges mount={mount} />
        {plan.isError && fields.length === 0 && <ProblemNote error={plan.error} />}
      </div>
    </Dialog>
  )
}

function whatHappens({ mounted, auto_mount }: ExistingMountView): string {
  if (mounted) return 'The mount stays as it is: it is not unmounted, and programs that use it notice nothing.'
  return auto_mount
    ? 'It is not mounted now. Holdfast mounts it, and keeps it mounted from then on.'
    : 'It is mounted neither now nor at boot (noauto). Holdfast takes it over unmounted: mount it when you need it.'
}

function Taken({ adopted, onDone, onOpen }: { adopted: Adopted; onDone: () => void; onOpen: (id: string) => void }) {
  const { data: mount, fstab } = adopted
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onDone()}
      title={`${mount.name} is managed now`}
      footer={
        <>
          <Button onClick={() => onOpen(mount.id)}>Open the mount</Button>
          <Button variant="primary" onClick={onDone}>
            Done
          </Button>
        </>
      }
    >
      {fstab === null ? (
        <p className="text-13 text-muted">
          {mount.auto_mount
            ? 'Holdfast brings it back after a restart of the host.'
            : 'After a restart of the host it is mounted when somebody asks for it.'}
        </p>
      ) : (
        <div className="space-y-2 text-13">
          <p>
            Remove line {fstab.line} from /etc/fstab on the host, so that it is not mounted by two. Holdfast does not
            edit that file.
          </p>
          <CodeBlock text={fstab.text} label={`/etc/fstab, line ${fstab.line}`} />
        </div>
      )}
    </Dialog>
  )
}
