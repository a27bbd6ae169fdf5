import { actionInWords, actorInWords, kindInWords, resultStatus } from '@/components/audit/audit-words'
import { Status } from '@/components/ui/status'
import { timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import type { AuditView } from '@/lib/audit/schema'

function Target({ target }: Pick<AuditView, 'target'>) {
  return (
    <span className="truncate">
      {target ? (
        <>
          <span className="text-muted">{kindInWords(target.kind)}</span> {target.name ?? target.id}
        </>
      ) : (
        <span className="text-faint">–</span>
      )}
    </span>
  )
}

const FACTS: readonly Column<AuditView>[] = [
  {
    id: 'result',
    header: 'Result',
    width: 'w-28',
    card: 'aside',
    sort: (row) => resultStatus(row).word,
    cell: (row) => <Status {...resultStatus(row)} />,
  },
  {
    id: 'target',
    header: 'On',
    width: 'w-[28%]',
    search: (row) => `${row.target?.kind ?? ''} ${row.target?.name ?? ''} ${row.target?.id ?? ''}`,
    sort: (row) => row.target?.name ?? null,
    cell: (row) => <Target target={row.target} />,
  },
  {
    id: 'actor',
    header: 'Who',
    card: 'fact',
    width: 'w-40',
    search: actorInWords,
    sort: actorInWords,
    cell: (row) => <span className="truncate">{actorInWords(row)}</span>,
  },
  {
    ...timeColumn((row: AuditView) => row.at),
    id: 'at',
    header: 'When',
    width: 'w-32',
    // Entries of one moment stand in the order in which they seal each other.
    sort: (row) => row.sequence,
    text: (row) => row.at,
  },
]

/** `onOpen` shows an entry whole. */
export function auditColumns(onOpen: (entry: AuditView) => void): Column<AuditView>[] {
  return [
    {
      id: 'action',
      header: 'What',
      card: 'title',
      search: (row) => `${row.action} ${actionInWords(row.action)} ${row.summary ?? ''}`,
      sort: (row) => row.action,
      cell: (row) => (
        <button
          type="button"
          onClick={() => onOpen(row)}
          className="max-w-full truncate text-left after:absolute after:inset-0 after:content-['']"
        >
          {row.summary ?? actionInWords(row.action)}
        </button>
      ),
    },
    ...FACTS,
  ]
}

const kindOf = (row: AuditView) => row.target?.kind ?? 'none'

/** Filters for what there is in the rows. */
export function auditFacets(rows: readonly AuditView[]): Facet<AuditView>[] {
  const kinds = [...new Set(rows.map(kindOf))].toSorted()
  const actors = [...new Set(rows.map(actorInWords))].toSorted()
  const actions = [...new Set(rows.map((row) => row.action))].toSorted()
  return [
    {
      id: 'on',
      label: 'On',
      isRemote: true,
      values: (row) => [kindOf(row)],
      options: kinds.map((value) => ({ value, label: kindInWords(value) })),
    },
    {
      id: 'action',
      label: 'What',
      isRemote: true,
      values: (row) => [row.action],
      options: actions.map((value) => ({ value, label: actionInWords(value) })),
    },
    {
      id: 'who',
      label: 'Who',
      isRemote: true,
      values: (row) => [actorInWords(row)],
      options: actors.map((value) => ({ value, label: value })),
    },
  ]
}
