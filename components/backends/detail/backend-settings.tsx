'use client'

import { ChevronRight, Pencil } from 'lucide-react'
import { Suspense } from 'react'
import type { BackendDialog } from '@/components/backends/detail/backend-actions'
import { useDriver } from '@/components/forms/use-driver'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import { Button, ButtonLink } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'
import { formatBytes } from '@/lib/units'

/** Values that say nothing about this backend. */
const NOTHING: ReadonlySet<unknown> = new Set([undefined, null, '', false])

function useFields({ type }: BackendView): Record<string, FieldHint> {
  return useDriver(type)?.fields ?? {}
}

function SettingValue({ value, hint }: { value: unknown; hint: FieldHint }) {
  if (value === null || value === undefined || value === '') return <span className="text-faint">not set</span>
  if (typeof value === 'boolean') return value ? 'On' : 'Off'
  if (hint.control === 'size' && typeof value === 'number') return formatBytes(value)
  return <span className="break-all font-mono text-12">{hint.choices?.[String(value)] ?? String(value)}</span>
}

function SecretValue({ secret }: { secret: BackendView['secrets'][string] }) {
  if (!secret.has_secret) return <span className="text-faint">not set</span>
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span>
        Set <RelativeTime at={secret.updated_at} />
      </span>
      {secret.fingerprint && <Badge mono>{secret.fingerprint}</Badge>}
    </span>
  )
}

function Settings({ backend }: { backend: BackendView }) {
  const canWrite = useMay('backends.write')
  const settings = Object.entries(useFields(backend)).filter(([key]) => !backend.secrets[key])
  const isChosen = ([key]: (typeof settings)[number]) => !NOTHING.has(backend.config[key])
  const rows = (some: typeof settings) =>
    some.map(([key, hint]) => [hint.label, <SettingValue key={key} value={backend.config[key]} hint={hint} />] as const)
  const left = settings.filter((setting) => !isChosen(setting))
  return (
    <Panel
      title="Settings"
      action={
        canWrite && (
          <ButtonLink size="sm" icon={Pencil} href={`/backends/${backend.id}/edit`}>
            Edit
          </ButtonLink>
        )
      }
    >
      <Facts items={rows(settings.filter(isChosen))} />
      {left.length > 0 && (
        <details className="group/left mt-3 text-13">
          <summary className="flex w-fit cursor-default items-center gap-1 rounded-sm text-muted hover:text-ink">
            <ChevronRight aria-hidden className="size-3.5 text-faint transition-transform group-open/left:rotate-90" />
            {left.length} more, not set or off
          </summary>
          <Facts items={rows(left)} className="mt-3" />
        </details>
      )}
    </Panel>
  )
}

function Secrets({ backend }: { backend: BackendView }) {
  const fields = useFields(backend)
  const secrets = Object.entries(backend.secrets)
  if (secrets.length === 0) return null
  return (
    <Panel title="Secrets">
      <Facts
        items={secrets.map(([key, secret]) => [fields[key]?.label ?? key, <SecretValue key={key} secret={secret} />])}
      />
      <p className="mt-4 text-12 text-muted">
        Secrets are sealed when they are saved and cannot be read back, here or in the API.
      </p>
    </Panel>
  )
}

/** Every setting by its label, secrets only by whether they are set, and what can be done with the backend for good. */
export function BackendSettings({
  backend,
  onOpen,
}: {
  backend: BackendView
  onOpen: (dialog: BackendDialog) => void
}) {
  const canWrite = useMay('backends.write')
  return (
    <div className="space-y-5">
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Suspense fallback={<Skeleton className="h-64 w-full" />}>
          <Settings backend={backend} />
        </Suspense>
        <div className="space-y-5">
          <Suspense fallback={null}>
            <Secrets backend={backend} />
          </Suspense>
          <Panel title="About">
            <Facts
              items={[
                ['Created', <RelativeTime key="created" at={backend.created_at} />],
                ['Last changed', <RelativeTime key="changed" at={backend.updated_at} />],
                ['Id', <Mono key="id" text={backend.id} copy />],
              ]}
            />
          </Panel>
        </div>
      </div>
      <ActionRows
        title="Actions"
        rows={[
          canWrite && {
            title: 'Duplicate this backend',
            text: 'A second one with the same settings and secrets, to be changed afterwards.',
            button: <Button onClick={() => onOpen('duplicate')}>Duplicate</Button>,
          },
          canWrite && {
            title: 'Delete this backend',
            text: 'Holdfast forgets its settings and secrets. Its mounts must be deleted first; files on the storage stay.',
            button: (
              <Button className="text-critical" onClick={() => onOpen('delete')}>
                Delete
              </Button>
            ),
          },
        ]}
      />
    </div>
  )
}
