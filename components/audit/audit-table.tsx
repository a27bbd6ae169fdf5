'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { ScrollText, ShieldCheck } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { z } from 'zod'
import { auditPages } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { EmptyState, Facts, Note } from '@/components/ui/feedback'
import { exactTime, RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import { DataTable } from '@/components/ui/table/data-table'
import type { Column, Facet } from '@/components/ui/table/table-model'
import type { AuditVerdictView, AuditView } from '@/lib/audit/schema'

type Verdict = z.infer<typeof AuditVerdictView>

/** Where noun and verb alone do not make a sentence. */
const ACTIONS: Readonly<Record<string, string>> = {
  'mount.mount_requested': 'Mounting requested',
  'mount.unmount_requested': 'Unmounting requested',
  'mount.sync_requested': 'Bringing to wanted state requested',
  'mount.drift_adopted': 'Change on a host taken over',
  'mount.overrides_set': 'Made different on one host',
  'session.created': 'Signed in',
  'session.refused': 'Sign-in refused',
  'session.ended': 'Signed out',
}

/** `backend.created` as people say it: Backend created. */
function actionInWords(action: string): string {
  const known = ACTIONS[action]
  if (known) return known
  const text = action.replace(/[._]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function resultStatus(result: string) {
  return result === 'success'
    ? ({ tone: 'healthy', word: 'Done' } as const)
    : ({ tone: 'critical', word: 'Refused' } as const)
}

function Entry({ entry, onClose }: { entry: AuditView; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title={actionInWords(entry.action)}
      description={`${entry.actor.name ?? entry.actor.kind}, ${exactTime(entry.at)}`}
    >
      <Facts
        items={[
          [
            'Target',
            entry.target
              ? `${entry.target.kind.replaceAll('_', ' ')} ${entry.target.name ?? entry.target.id ?? ''}`
              : '–',
          ],
          ['Result', <Status key="result" {...resultStatus(entry.result)} />],
          ['Entry', `number ${entry.sequence}`],
          ['Hash', <Mono key="hash" text={entry.hash} copy max={40} />],
          ['Request', entry.request_id ? <Mono key="request" text={entry.request_id} copy /> : 'none'],
        ]}
      />
      {entry.change !== null && entry.change !== undefined && (
        <CodeBlock text={JSON.stringify(entry.change, null, 2)} label="Change" className="mt-4" />
      )}
    </Dialog>
  )
}

function VerdictNote({ verdict }: { verdict: Verdict }) {
  const number = new Intl.NumberFormat('en-GB').format(verdict.checked)
  if (verdict.intact) {
    return (
      <Note className="mb-4" title={`The chain is intact: ${number} entries, none changed, none missing.`}>
        {verdict.head && (
          <p className="flex flex-wrap items-center gap-1">
            Note this down outside of Holdfast to prove later that nothing was cut off: entry {verdict.head.sequence},
            hash
            <Mono text={verdict.head.hash} copy max={32} />
          </p>
        )}
      </Note>
    )
  }
  return (
    <Note kind="critical" className="mb-4" title={`The chain is broken at entry ${verdict.broken_at}.`}>
      {verdict.reason} {number} entries before it are as they were written.
    </Note>
  )
}

export function AuditTable() {
  const pages = useInfiniteQuery(auditPages())
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.data) ?? [], [pages.data])
  const total = pages.data?.pages[0]?.total ?? 0
  const [open, setOpen] = useState<AuditView | null>(null)
  const verify = useAction<void, Verdict>({ run: () => requestOne<Verdict>('/api/v1/audit/verify'), topics: [] })

  const columns = useMemo<Column<AuditView>[]>(
    () => [
      {
        id: 'action',
        header: 'What',
        card: 'title',
        search: (row) => `${row.action} ${actionInWords(row.action)}`,
        sort: (row) => row.action,
        cell: (row) => (
          <button
            type="button"
            onClick={() => setOpen(row)}
            className="max-w-full truncate text-left after:absolute after:inset-0 after:content-['']"
          >
            {actionInWords(row.action)}
          </button>
        ),
      },
      {
        id: 'result',
        header: 'Result',
        width: 'w-28',
        card: 'aside',
        sort: (row) => row.result,
        cell: (row) => <Status {...resultStatus(row.result)} />,
      },
      {
        id: 'target',
        header: 'On',
        width: 'w-[28%]',
        search: (row) => `${row.target?.kind ?? ''} ${row.target?.name ?? ''} ${row.target?.id ?? ''}`,
        sort: (row) => row.target?.name ?? null,
        cell: (row) => (
          <span className="truncate">
            {row.target ? (
              <>
                <span className="text-muted">{row.target.kind.replaceAll('_', ' ')}</span>{' '}
                {row.target.name ?? row.target.id}
              </>
            ) : (
              <span className="text-faint">–</span>
            )}
          </span>
        ),
      },
      {
        id: 'actor',
        header: 'Who',
        card: 'fact',
        width: 'w-40',
        search: (row) => row.actor.name ?? row.actor.kind,
        sort: (row) => row.actor.name ?? row.actor.kind,
        cell: (row) => <span className="truncate">{row.actor.name ?? row.actor.kind}</span>,
      },
      {
        id: 'at',
        header: 'When',
        card: 'fact',
        width: 'w-32',
        sort: (row) => row.sequence,
        cell: (row) => <RelativeTime at={row.at} className="text-muted" />,
      },
    ],
    [],
  )
  const facets = useMemo<Facet<AuditView>[]>(() => {
    const kinds = [...new Set(rows.map((row) => row.target?.kind ?? 'none'))].toSorted()
    const actions = [...new Set(rows.map((row) => row.action))].toSorted()
    return [
      {
        id: 'on',
        label: 'On',
        value: (row) => row.target?.kind ?? 'none',
        options: kinds.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
      },
      {
        id: 'action',
        label: 'What',
        value: (row) => row.action,
        options: actions.map((value) => ({ value, label: actionInWords(value) })),
      },
    ]
  }, [rows])

  return (
    <>
      {verify.data && <VerdictNote verdict={verify.data} />}
      <DataTable
        noun="entries"
        rows={rows}
        columns={columns}
        facets={facets}
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
      {open && <Entry entry={open} onClose={() => setOpen(null)} />}
    </>
  )
}
