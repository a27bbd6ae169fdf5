'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, Waypoints } from 'lucide-react'
import { useMemo } from 'react'
import { usePollInterval } from '@/components/data/live'
import { mountMatrix } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { MatrixFilters } from '@/components/placement/matrix-filters'
import { MatrixGrid } from '@/components/placement/matrix-grid'
import { countTones, layOut, readMatrix } from '@/components/placement/matrix-model'
import { useMatrixFilter } from '@/components/placement/use-matrix-filter'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

function NoMounts() {
  const canWrite = useMay('mounts.write')
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

/** All mounts on all hosts at once: what is wrong stands out, and every cell explains itself. */
export function MountMatrix() {
  const { data } = useQuery({ ...mountMatrix(), refetchInterval: usePollInterval() })
  const { filter, parameters } = useMatrixFilter()
  const matrix = useMemo(() => data && readMatrix(data), [data])
  const layout = useMemo(() => matrix && layOut(matrix, filter), [matrix, filter])
  const counts = useMemo(() => matrix && countTones(matrix, filter), [matrix, filter])
  if (!matrix || !layout || !counts) return null
  if (matrix.mounts.length === 0) return <NoMounts />
  return (
    <div className="min-w-0">
      <MatrixFilters matrix={matrix} layout={layout} counts={counts} parameters={parameters} />
      {layout.hosts === 0 || layout.columns.length === 0 ? (
        <div className="panel px-4 py-12 text-center text-13 text-muted">
          Nothing matches.{' '}
          <button type="button" onClick={parameters.clear} className="font-medium text-accent hover:underline">
            Show everything
          </button>
        </div>
      ) : (
        <MatrixGrid matrix={matrix} layout={layout} tone={filter.tone} />
      )}
    </div>
  )
}
