'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable, RefreshCw, Settings2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useDeferredValue, useMemo, useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { useMay } from '@/components/layout/person'
import { ReachGrid } from '@/components/reachability/reach-grid'
import {
  countLayers,
  LAYER_WORDS,
  layOut,
  type ReachLayout,
  type ReachTable,
  reachRows,
  readReach,
} from '@/components/reachability/reach-model'
import { reachMatrix } from '@/components/reachability/reach-queries'
import { useChecks } from '@/components/reachability/use-checks'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { FilterMenu } from '@/components/ui/filter-menu'
import { SearchField } from '@/components/ui/search-field'
import { CsvButton } from '@/components/ui/table/csv-button'
import { useUrlParameters } from '@/components/ui/use-url-parameter'
import { REACH_LAYERS } from '@/lib/reachability/layer-names'
import type { AskChecks } from '@/lib/reachability/schema'

const ReachSettingsDialog = dynamic(
  () => import('@/components/reachability/reach-settings').then((module) => module.ReachSettingsDialog),
  { ssr: false },
)

const PARAMETERS = ['q', 'layer'] as const

function NothingYet({ isEmpty }: { isEmpty: boolean }) {
  const canTest = useMay('backends.test')
  const checks = useChecks()
  return (
    <EmptyState
      icon={Cable}
      title={isEmpty ? 'There is nothing to check yet' : 'Nothing was checked yet'}
      action={
        isEmpty ? (
          <ButtonLink href="/backends">Backends</ButtonLink>
        ) : (
          canTest && (
            <Button variant="primary" icon={RefreshCw} pending={checks.isPending} onClick={() => checks.mutate({})}>
              Check everything now
            </Button>
          )
        )
      }
    >
      Every night each host looks how it reaches each storage, layer by layer: name, route, connection, protocol,
      sign-in, mount. Nothing is written.
    </EmptyState>
  )
}

/** Of what is shown; without a filter of everything, also what has no cell yet. */
function askedFor({ backends }: ReachTable, { rows, columns }: ReachLayout, isFiltered: boolean): AskChecks {
  if (!isFiltered) return {}
  return {
    host_ids: rows.map(({ host }) => host.id),
    backend_ids: columns.flatMap((column) => backends[column]?.id ?? []),
  }
}

/** How every host reaches every storage: what fails stands out, and every cell explains itself. */
export function ReachPage() {
  const { data } = useQuery({ ...reachMatrix(), refetchInterval: usePollInterval() })
  const { values, set, clear } = useUrlParameters(PARAMETERS)
  const { q = '', layer = '' } = values
  const query = useDeferredValue(q)
  const table = useMemo(() => data && readReach(data), [data])
  const layout = useMemo(() => table && layOut(table, { query, layer }), [table, query, layer])
  const [isSetting, setSetting] = useState(false)
  const [canTest, canSet] = [useMay('backends.test'), useMay('system.admin')]
  const checks = useChecks()
  if (!data || !table || !layout) return null
  if (data.cells.length === 0) return <NothingYet isEmpty={data.hosts.length === 0 || data.backends.length === 0} />
  const waiting = data.cells.filter(([, , , , , , , waits]) => waits === 1).length
  const isFiltered = q !== '' || layer !== ''
  return (
    <div className="min-w-0">
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchField label="Search hosts and storages" query={q} onChange={(text) => set('q', text)} />
        <FilterMenu
          label="Fails at"
          none={{ label: 'Everything' }}
          value={layer}
          onChange={(next) => set('layer', next)}
          choices={countLayers(table, REACH_LAYERS).map(({ layer: value, count }) => ({
            value,
            label: LAYER_WORDS[value],
            count,
          }))}
        />
        {isFiltered && (
          <Button variant="ghost" onClick={clear}>
            Reset
          </Button>
        )}
        <div className="flex flex-wrap items-center gap-2 md:ml-auto">
          <span aria-live="polite" className="tabular text-12 text-muted empty:hidden max-md:order-last">
            {waiting > 0 && `${waiting} ${waiting === 1 ? 'check waits' : 'checks wait'}`}
          </span>
          {canTest && (
            <Button
              icon={RefreshCw}
              pending={checks.isPending}
              disabled={layout.rows.length === 0}
              onClick={() => checks.mutate(askedFor(table, layout, isFiltered))}
            >
              {isFiltered ? 'Check these now' : 'Check all now'}
            </Button>
          )}
          {canSet && (
            <Button icon={Settings2} onClick={() => setSetting(true)}>
              <span className="max-md:sr-only">Nightly checks</span>
            </Button>
          )}
          <CsvButton noun="reachability" rows={() => reachRows(table, layout)} />
        </div>
      </div>
      {layout.rows.length === 0 ? (
        <div className="panel px-4 py-12 text-center text-13 text-muted">
          Nothing matches.{' '}
          <button type="button" onClick={clear} className="font-medium text-accent hover:underline">
            Show everything
          </button>
        </div>
      ) : (
        <ReachGrid table={table} layout={layout} />
      )}
      {isSetting && <ReachSettingsDialog onClose={() => setSetting(false)} />}
    </div>
  )
}
