'use client'

import { Pencil } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { ButtonLink } from '@/components/ui/button'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'
import type { FieldHint } from '@/lib/drivers/contract'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { formatBytes } from '@/lib/units'

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
        <Facts
          items={settings.map(([key, hint]) => [
            hint.label,
            <SettingValue key={key} value={backend.config[key]} hint={hint} />,
          ])}
        />
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
