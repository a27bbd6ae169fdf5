'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemNote } from '@/components/data/problem-note'
import { poolTemplates } from '@/components/data/queries'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { Draft } from '@/components/volumes/forms/use-new-volume'
import type { PoolView, TemplateView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

interface Props {
  draft: Draft
  pool: PoolView
  onChange: (change: Partial<Draft>) => void
  problems: Readonly<Record<string, string | undefined>>
}

function detailOf({ format, bytes, virtual_bytes }: TemplateView): string {
  const disk = virtual_bytes === null || virtual_bytes === bytes ? '' : `, a disk of ${formatBytes(virtual_bytes)}`
  return `${format ?? ''}, ${formatBytes(bytes)}${disk}`
}

/** Which template becomes the content. Where each host has its own, it decides on which the volume lies. */
export function TemplateField({ draft, pool, onChange, problems }: Props) {
  const { data, error } = useQuery(poolTemplates(pool.id))
  const isOwn = pool.sharing === 'own' && pool.hosts.length > 1
  const able = (data?.data ?? []).filter(
    ({ is_image, host_id }) => is_image && (!isOwn || draft.hostId === '' || host_id === draft.hostId),
  )
  const keyOf = ({ host_id, name }: Pick<TemplateView, 'host_id' | 'name'>) => (isOwn ? `${host_id} ${name}` : name)
  const chosen = draft.template === '' ? '' : keyOf({ host_id: draft.hostId, name: draft.template })
  if (error) return <ProblemNote error={error} />
  return (
    <Field
      label="Template"
      error={problems['source.template']}
      help={data && able.length === 0 ? 'No image or ISO file lies among the templates here.' : undefined}
    >
      {(attributes) => (
        <Select
          {...attributes}
          value={chosen}
          placeholder="Choose a template"
          onChange={(key) => {
            const found = able.find((item) => keyOf(item) === key)
            if (found) onChange({ template: found.name, ...(isOwn ? { hostId: found.host_id } : {}) })
          }}
          choices={able.map((item) => ({
            value: keyOf(item),
            label: item.name,
            detail: isOwn ? `${detailOf(item)}, on ${item.host_name}` : detailOf(item),
          }))}
        />
      )}
    </Field>
  )
}
