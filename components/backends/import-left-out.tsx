'use client'

import { ChevronRight } from 'lucide-react'
import { cn } from '@/components/ui/cn'
import type { ImportedRemote, ImportResult } from '@/lib/imports/schema'

export function ProblemLines({ problems, className }: { problems: ImportedRemote['problems']; className?: string }) {
  if (problems.length === 0) return null
  return (
    <ul className={cn('mt-0.5 space-y-0.5 text-12 text-muted', className)}>
      {[...problems]
        .sort((a, b) => a.line - b.line)
        .map(({ line, key, message }) => (
          <li key={`${line} ${message}`}>
            Line {line}
            {key && (
              <>
                , <span className="font-mono">{key}</span>
              </>
            )}
            : {message}
          </li>
        ))}
    </ul>
  )
}

/** Every section, line and text that is not taken, with the reason. */
export function NotTaken({ result, others }: { result: ImportResult; others: readonly ImportedRemote[] }) {
  const orderOf = (file: string | null) => result.files.findIndex(({ name }) => name === file)
  const rows = [
    ...others.map(({ file, line, name, reason, problems }) => ({ file, line, name, message: reason ?? '', problems })),
    ...result.problems.map(({ file, line, message }) => ({ file, line, name: null, message, problems: [] })),
  ].sort((a, b) => orderOf(a.file) - orderOf(b.file) || (a.line ?? 0) - (b.line ?? 0))
  if (rows.length === 0) return null
  return (
    <details className="group text-13" open={rows.length <= 6}>
      <summary className="flex cursor-pointer list-none items-center gap-1 font-medium">
        <ChevronRight aria-hidden className="size-4 text-faint transition-transform group-open:rotate-90" />
        Left out ({rows.length})
      </summary>
      <ul className="mt-2 divide-y divide-line rounded-lg border border-line">
        {rows.map((row) => (
          <li
            key={`${row.file} ${row.line} ${row.name} ${row.message}`}
            className="grid gap-x-3 px-3 py-2 sm:grid-cols-[120px_1fr]"
          >
            <span className="tabular break-words text-12 text-muted">{placeOf(row)}</span>
            <div className="min-w-0 break-words">
              {row.name && <span className="font-medium">{row.name}: </span>}
              <span className="text-muted">{row.message}</span>
              <ProblemLines problems={row.problems} />
            </div>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Where it stands: `storage.cfg, line 3`. */
export function placeOf({ file, line }: Pick<ImportedRemote, 'file' | 'line'>): string {
  if (file === null) return line === null ? '' : `Line ${line}`
  return line === null ? file : `${file}, line ${line}`
}
