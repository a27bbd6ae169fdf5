'use client'

import { useTypeTitle } from '@/components/layout/person'
import { type Matrix, type MatrixLayout, matrixRows } from '@/components/placement/matrix-model'
import type { MatrixParameters } from '@/components/placement/use-matrix-filter'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { FilterMenu } from '@/components/ui/filter-menu'
import { SearchField } from '@/components/ui/search-field'
import { StatusShape } from '@/components/ui/status'
import { CsvButton } from '@/components/ui/table/csv-button'
import { TONE_ORDER, type Tone } from '@/lib/tones'

const WORDS: Record<Tone, string> = {
  critical: 'Failing',
  warning: 'Differs',
  drift: 'Changed on host',
  working: 'Working',
  unknown: 'Unknown',
  healthy: 'Mounted',
  off: 'Unmounted',
}

/** Leaves what is in one state; of the states only those that there are. */
function ToneFilter({
  tone,
  counts,
  onChange,
}: {
  tone: Tone | ''
  counts: ReadonlyMap<Tone, number>
  onChange: (tone: Tone | '') => void
}) {
  return (
    <fieldset className="flex min-w-0 flex-wrap items-center gap-1">
      <legend className="sr-only">State</legend>
      {TONE_ORDER.filter((entry) => counts.has(entry) || entry === tone).map((entry) => (
        <button
          key={entry}
          type="button"
          aria-pressed={tone === entry}
          onClick={() => onChange(tone === entry ? '' : entry)}
          className={cn(
            'inline-flex h-7 items-center gap-1.5 rounded-md border border-transparent px-2 text-12 text-muted hover:bg-hover hover:text-ink',
            tone === entry && 'border-line-strong bg-surface text-ink',
          )}
        >
          <StatusShape tone={entry} className="animate-none" />
          {WORDS[entry]}
          <span className="tabular text-faint">{counts.get(entry) ?? 0}</span>
        </button>
      ))}
    </fieldset>
  )
}

/** Which hosts and mounts are shown, and in which groups. */
export function MatrixFilters({
  matrix,
  layout,
  counts,
  parameters: { values, tone, set, clear },
}: {
  matrix: Matrix
  /** What the filters leave. */
  layout: MatrixLayout
  /** How many cells there are in each state. */
  counts: ReadonlyMap<Tone, number>
  parameters: MatrixParameters
}) {
  const typeTitle = useTypeTitle()
  const types = [...new Set(matrix.mounts.map((mount) => mount.type))]
  const { type = '', label = '', group = '' } = values
  const isFiltered = [values.q, tone, type, label].some(Boolean)
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchField label="Search hosts and mounts" query={values.q ?? ''} onChange={(text) => set('q', text)} />
      <FilterMenu
        label="Type"
        none={{ label: 'All types' }}
        value={type}
        onChange={(next) => set('type', next)}
        choices={types.map((id) => ({
          value: id,
          label: typeTitle(id),
          count: matrix.mounts.filter((mount) => mount.type === id).length,
        }))}
      />
      {matrix.labels.length > 0 && (
        <>
          <FilterMenu
            label="Label"
            none={{ label: 'All hosts' }}
            value={label}
            onChange={(next) => set('label', next)}
            choices={matrix.labels.flatMap((entry) =>
              entry.values.map(({ value, count }) => ({
                value: `${entry.key}=${value}`,
                label: `${entry.key}: ${value}`,
                count,
              })),
            )}
          />
          <FilterMenu
            label="Group by"
            none={{ label: 'No groups' }}
            value={group}
            onChange={(next) => set('group', next)}
            choices={matrix.labels.map(({ key }) => ({ value: key, label: key }))}
          />
        </>
      )}
      {isFiltered && (
        <Button variant="ghost" onClick={clear}>
          Reset
        </Button>
      )}
      {/* Together at the right end: where the states need a line of their own, the button goes with them. */}
      <div className="flex min-w-0 items-center justify-between gap-2 max-md:w-full md:ml-auto">
        <ToneFilter tone={tone} counts={counts} onChange={(next) => set('state', next)} />
        <CsvButton noun="placement" rows={() => matrixRows(matrix, layout)} />
      </div>
    </div>
  )
}
