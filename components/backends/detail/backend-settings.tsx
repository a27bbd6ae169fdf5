'use client'

import { ChevronRight, Pencil } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { ButtonLink } from '@/components/ui/button'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { formatBytes } from '@/lib/units'

/** Values that say nothing about this backend. */
const NOTHING: ReadonlySet<unknown> = new Set([undefined, null, '', false])

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

/** Every setting by its label, secrets only by whether they are set. */
export function BackendSettings({ backend }: { backend: BackendView }) {
  const canWrite = useMay('backends.write')
  const fields: Record<string, FieldHint> = isDriverId(backend.type) ? driverById(backend.type).fields : {}
  const settings = Object.entries(fields).filter(([key]) => !backend.secrets[key])
  const isChosen = ([key]: (typeof settings)[number]) => !NOTHING.has(backend.config[key])
  const rows = (some: typeof settings) =>
    some.map(([key, hint]) => [hint.label, <SettingValue key={key} value={backend.config[key]} hint={hint} />] as const)
  const left = settings.filter((setting) => !isChosen(setting))
  const secrets = Object.entries(backend.secrets)
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
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
              <ChevronRight
                aria-hidden
                className="size-3.5 text-faint transition-transform group-open/left:rotate-90"
              />
              {left.length} more, not set or off
            </summary>
            <Facts items={rows(left)} className="mt-3" />
          </details>
        )}
      </Panel>
      {secrets.length > 0 && (
        <Panel title="Secrets">
          <Facts
            items={secrets.map(([key, secret]) => [
              fields[key]?.label ?? key,
              <SecretValue key={key} secret={secret} />,
            ])}
          />
          <p className="mt-4 text-12 text-muted">
            Secrets are sealed when they are saved and cannot be read back, here or in the API.
          </p>
        </Panel>
      )}
    </div>
  )
}
