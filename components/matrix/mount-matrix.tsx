'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, Search, Waypoints } from 'lucide-react'
import { useDeferredValue, useMemo } from 'react'
import { usePollInterval } from '@/components/data/live'
import { mountMatrix } from '@/components/data/queries'
import { useMay, useTypeTitle } from '@/components/layout/person'
import { MatrixGrid } from '@/components/matrix/matrix-grid'
import { countTones, layOut, type MatrixFilter, readMatrix } from '@/components/matrix/matrix-model'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { EmptyState } from '@/components/ui/feedback'
import { FilterMenu } from '@/components/ui/filter-menu'
import { StatusShape, TONE_ORDER, type Tone } from '@/components/ui/status'
import { useUrlParameters } from '@/components/ui/use-url-parameter'

const WORDS: Record<Tone, string> = {
  critical: 'Failing',
  warning: 'Differs',
  drift: 'Changed on host',
  working: 'Working',
  unknown: 'Unknown',
  healthy: 'Mounted',
  off: 'Unmounted',
}
const PARAMETERS = ['q', 'state', 'type', 'label', 'group'] as const

function isTone(value: string): value is Tone {
  return Object.hasOwn(WORDS, value)
}

/** All mounts on all hosts at once: what is wrong stands out, and every cell explains itself. */
export function MountMatrix() {
  const { data } = useQuery({ ...mountMatrix(), refetchInterval: usePollInterval() })
  const canWrite = useMay('mounts.write')
  const typeTitle = useTypeTitle()
  const { values, set, clear } = useUrlParameters(PARAMETERS)
  const query = useDeferredValue(values.q ?? '')
  const { state = '', type = '', label = '', group = '' } = values
  const tone = isTone(state) ? state : ''
  const matrix = useMemo(() => data && readMatrix(data), [data])
  const filter = useMemo<MatrixFilter>(() => ({ query, tone, type, label, group }), [query, tone, type, label, group])
  const layout = useMemo(() => matrix && layOut(matrix, filter), [matrix, filter])
  const counts = useMemo(() => matrix && countTones(matrix, filter), [matrix, filter])
  if (!matrix || !layout || !counts) return null

  if (matrix.mounts.length === 0) {
    return (
      <EmptyState
        icon={Waypoints}
        title="Nothing is mounted yet"
        action={
          canWrite && (
            <ButtonLink href="/mounts/new" variant="primary" icon={Plus}>
              New mount
            </ButtonLink>
          )
        }
      >
        Once there are mounts, this shows each of them on every host at a glance.
      </EmptyState>
    )
  }
  const types = [...new Set(matrix.mounts.map((mount) => mount.type))]
  const isFiltered = [values.q, tone, type, label].some(Boolean)
  return (
    <div className="min-w-0">
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <label className="relative w-full min-w-0 md:w-64">
          <span className="sr-only">Search hosts and mounts</span>
          <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
          <input
            type="search"
            value={values.q ?? ''}
            onChange={(event) => set('q', event.target.value)}
            placeholder="Search hosts and mounts"
            className="h-8 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8 text-13 hover:border-control"
          />
        </label>
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
        <fieldset className="flex flex-wrap items-center gap-1 md:ml-auto">
          <legend className="sr-only">State</legend>
          {TONE_ORDER.filter((entry) => counts.has(entry) || entry === tone).map((entry) => (
            <button
              key={entry}
              type="button"
              aria-pressed={tone === entry}
              onClick={() => set('state', tone === entry ? '' : entry)}
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
      </div>
      {layout.hosts === 0 || layout.columns.length === 0 ? (
        <div className="panel px-4 py-12 text-center text-13 text-muted">
          Nothing matches.{' '}
          <button type="button" onClick={clear} className="font-medium text-accent hover:underline">
            Show everything
          </button>
        </div>
      ) : (
        <MatrixGrid matrix={matrix} layout={layout} tone={tone} />
      )}
    </div>
  )
}
