import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { VolumeView } from '@/lib/volumes/schema'

const NOW = { value: 'now', label: 'As it is now' }

/** What is read of a volume: it as it is, or a snapshot of it. Nothing where there is none to choose. */
export function SnapshotChoice({
  volume,
  value,
  onChange,
}: {
  volume: VolumeView | undefined
  /** Id of a snapshot; empty: as it is now. */
  value: string
  onChange: (snapshotId: string) => void
}) {
  const ready = volume?.snapshots.filter(({ is_ready }) => is_ready) ?? []
  if (ready.length === 0) return null
  return (
    <Field label="State">
      {(attributes) => (
        <Select
          {...attributes}
          value={value || NOW.value}
          onChange={(id) => onChange(id === NOW.value ? '' : id)}
          choices={[NOW, ...ready.map(({ id, name }) => ({ value: id, label: name, detail: 'Snapshot' }))]}
        />
      )}
    </Field>
  )
}
