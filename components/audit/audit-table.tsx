'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { ScrollText, ShieldCheck } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { useMemo, useState } from 'react'
import { auditColumns, auditFacets } from '@/components/audit/audit-columns'
import { AuditEntry } from '@/components/audit/audit-entry'
import { auditParameters } from '@/components/audit/audit-filter'
import { type Verdict, VerdictNote } from '@/components/audit/verdict-note'
import { auditPages } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import type { AuditView } from '@/lib/audit/schema'

export function AuditTable() {
  const filter = auditParameters(useSearchParams())
  const pages = useInfiniteQuery({ ...auditPages(filter), placeholderData: keepPreviousData })
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.data) ?? [], [pages.data])
  // What is filtered does not say what else there is to choose.
  const { data: unfiltered } = useInfiniteQuery(auditPages())
  const total = pages.data?.pages[0]?.total ?? 0
  const [open, setOpen] = useState<AuditView | null>(null)
  const verify = useAction<void, Verdict>({ run: () => requestOne<Verdict>('/api/v1/audit/verify'), topics: [] })

  const columns = useMemo(() => auditColumns(setOpen), [])
  const facets = useMemo(
    () => auditFacets([...(unfiltered?.pages.flatMap((page) => page.data) ?? []), ...rows]),
    [unfiltered, rows],
  )

  return (
    <>
      {verify.data && <VerdictNote verdict={verify.data} />}
      <DataTable
        noun="entries"
        rows={rows}
        columns={columns}
        facets={facets}
        views="audit"
        rowId={(row) => row.id}
        defaultSort="at.desc"
        toolbar={
          <Button icon={ShieldCheck} pending={verify.isPending} onClick={() => verify.mutate()}>
            Verify the chain
          </Button>
        }
        empty={
          <EmptyState icon={ScrollText} title="Nothing has been changed yet">
            Every change is written here with who made it, and each entry seals the one before.
          </EmptyState>
        }
        footer={
          pages.hasNextPage && (
            <div className="mt-3 flex items-center gap-3 text-12 text-muted">
              <Button pending={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                Load older entries
              </Button>
              <span className="tabular">
                {rows.length} of {total} are loaded; search looks in these.
              </span>
            </div>
          )
        }
      />
      {open && <AuditEntry entry={open} onClose={() => setOpen(null)} />}
    </>
  )
}
