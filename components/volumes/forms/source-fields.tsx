'use client'

import { useQuery } from '@tanstack/react-query'
import { volumeList } from '@/components/data/queries'
import { Field } from '@/components/ui/field'
import { RadioCards } from '@/components/ui/radio-cards'
import { Select } from '@/components/ui/select'
import { ImportFields } from '@/components/volumes/forms/import-fields'
import { SnapshotChoice } from '@/components/volumes/forms/snapshot-choice'
import { TemplateField } from '@/components/volumes/forms/template-field'
import type { Draft, From, SourceMode } from '@/components/volumes/forms/use-new-volume'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'
import type { VolumeRow, VolumeView } from '@/lib/volumes/schema'

interface Props {
  draft: Draft
  pool: PoolView | undefined
  source: VolumeView | undefined
  onChange: (change: Partial<Draft>) => void
  problems: Readonly<Record<string, string | undefined>>
}

/** Clones stay in their pool and share with what they come from; a copy may come from any other. */
function canBe(mode: SourceMode, volume: VolumeRow, pool: PoolView | undefined): boolean {
  const refused = mode === 'clone' ? volume.refuses.clone : volume.refuses.copy
  return refused === undefined && (mode === 'copy' || volume.pool_id === pool?.id)
}

function SnapshotField({ draft, source, onChange }: Pick<Props, 'draft' | 'source' | 'onChange'>) {
  return <SnapshotChoice volume={source} value={draft.snapshotId} onChange={(snapshotId) => onChange({ snapshotId })} />
}

function VolumeField({ draft, pool, onChange, problems }: Omit<Props, 'source'>) {
  const { data } = useQuery(volumeList())
  const able = (data?.data ?? []).filter((volume) => canBe(draft.mode === 'clone' ? 'clone' : 'copy', volume, pool))
  return (
    <Field
      label="From"
      error={problems.source}
      help={able.length === 0 && data ? 'No volume can be used for this here.' : undefined}
    >
      {(attributes) => (
        <Select
          {...attributes}
          value={draft.volumeId}
          placeholder="Choose a volume"
          onChange={(volumeId) => onChange({ volumeId, snapshotId: '' })}
          choices={able.map(({ id, name, pool_name, size_bytes }) => ({
            value: id,
            label: name,
            detail: `${size_bytes === null ? '' : `${formatBytes(size_bytes)} `}in ${pool_name}`,
          }))}
        />
      )}
    </Field>
  )
}

/** What is made with content is as large as that, unless somebody says otherwise. */
function sizeFor(mode: SourceMode, { size }: Draft): string {
  return mode === 'empty' ? size : ''
}

/** What the volume holds at first. */
export function SourceFields(props: Props) {
  const { draft, pool, onChange } = props
  const cannotClone = pool?.can.refuses.clone !== undefined
  return (
    <>
      <RadioCards
        legend="Content"
        value={draft.mode === 'foreign' ? 'empty' : draft.mode}
        onChange={(mode) =>
          onChange({ mode, volumeId: '', snapshotId: '', template: '', isShared: false, size: sizeFor(mode, draft) })
        }
        cards={[
          { value: 'empty', title: 'Empty', help: 'A new disk.' },
          {
            value: 'template',
            title: 'Template',
            help: 'An image or ISO file that lies in the pool.',
            disabled: !pool?.template_count,
          },
          {
            value: 'clone',
            title: 'Clone',
            help: 'Ready at once, and needs what it comes from.',
            disabled: cannotClone,
          },
          { value: 'copy', title: 'Copy', help: 'Bytes of its own; takes its time.' },
          { value: 'import', title: 'Import', help: 'An image from a web server.' },
        ]}
      />
      {draft.mode === 'template' && pool && (
        <>
          <TemplateField {...props} pool={pool} />
          <RadioCards
            legend="Its content"
            value={draft.isShared ? 'clone' : 'copy'}
            onChange={(chosen) => onChange({ isShared: chosen === 'clone' })}
            cards={[
              { value: 'copy', title: 'Own copy', help: 'Needs nothing of the template afterwards.' },
              {
                value: 'clone',
                title: 'Share the content',
                help: 'Copied once, and shared by all that are made like this.',
              },
            ]}
          />
        </>
      )}
      {draft.mode === 'import' && <ImportFields draft={draft} onChange={onChange} problems={props.problems} />}
      {(draft.mode === 'clone' || draft.mode === 'copy') && (
        <div className="grid gap-4 sm:grid-cols-2">
          <VolumeField {...props} />
          <SnapshotField {...props} />
        </div>
      )}
    </>
  )
}

/** The same when the dialog was opened from what it comes from. */
export function FixedSource({
  from,
  draft,
  source,
  onChange,
}: { from: From } & Pick<Props, 'draft' | 'source' | 'onChange'>) {
  if (from.mode !== 'foreign') return <SnapshotField draft={draft} source={source} onChange={onChange} />
  return (
    <RadioCards
      legend="What becomes of it"
      value={draft.isAdopted ? 'adopt' : 'copy'}
      onChange={(chosen) => onChange({ isAdopted: chosen === 'adopt' })}
      cards={[
        { value: 'copy', title: 'Copy it', help: 'What others have put there stays as it is.' },
        { value: 'adopt', title: 'Take it over', help: 'It becomes the volume, and moves to its place in the pool.' },
      ]}
    />
  )
}
