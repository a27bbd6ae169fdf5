'use client'

import { ChevronRight, Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useDiscovery } from '@/components/forms/use-discovery'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/cn'
import { Note } from '@/components/ui/feedback'
import { Suggest } from '@/components/ui/suggest'
import { driverById } from '@/lib/drivers/registry'
import { type ReadRemote, readRemotes } from '@/lib/imports/rclone-remotes'
import type { ImportedRemote, ImportResult } from '@/lib/imports/schema'

type Account = Extract<ReadRemote, { kind: 'storage' }>

export interface RemoteChoice {
  isChosen: boolean
  bucket: string
}

/** A long file shows this many remotes at first. */
const FIRST_ROWS = 40

/** Marked are those that can be made as they are. */
export function initialChoices(remotes: readonly ImportedRemote[]): Record<string, RemoteChoice> {
  return Object.fromEntries(
    remotes
      .filter((remote) => remote.remote !== null)
      .map((remote) => {
        const bucket = remote.suggested_buckets[0] ?? ''
        return [remote.name, { isChosen: bucket !== '' && remote.action === 'create', bucket }]
      }),
  )
}

/** The remotes that can be imported with their buckets, and below them what cannot, line by line. */
export function ImportRemotes({
  result,
  text,
  choices,
  onChoose,
}: {
  result: ImportResult
  text: string
  choices: Readonly<Record<string, RemoteChoice>>
  onChoose: (name: string, choice: RemoteChoice) => void
}) {
  const [limit, setLimit] = useState(FIRST_ROWS)
  // The answer of the server holds no secret, so the browser reads its own text to be able to ask for buckets.
  const accounts = useMemo(
    () =>
      new Map(readRemotes(text).remotes.flatMap((found) => (found.kind === 'storage' ? [[found.name, found]] : []))),
    [text],
  )
  const usable = result.remotes.filter((remote) => remote.remote !== null)
  const others = result.remotes.filter((remote) => remote.remote === null)
  return (
    <div className="space-y-4">
      {usable.length === 0 ? (
        <Note kind="warning" title="Nothing in this text can be imported">
          It has no S3 remote with keys of its own. The reasons are below.
        </Note>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line">
          {usable.slice(0, limit).map((remote) => (
            <RemoteRow
              key={remote.line}
              remote={remote}
              account={accounts.get(remote.name)}
              choice={choices[remote.name] ?? { isChosen: false, bucket: '' }}
              onChoose={(choice) => onChoose(remote.name, choice)}
            />
          ))}
        </ul>
      )}
      {usable.length > limit && (
        <Button onClick={() => setLimit(limit + 200)}>Show more ({usable.length - limit} left)</Button>
      )}
      <NotTaken result={result} others={others} />
    </div>
  )
}

function RemoteRow({
  remote,
  account,
  choice,
  onChoose,
}: {
  remote: ImportedRemote
  account: Account | undefined
  choice: RemoteChoice
  onChoose: (choice: RemoteChoice) => void
}) {
  const discovery = useDiscovery('Look for buckets', () => ({
    type: account?.driver ?? '',
    discovery: account ? (driverById(account.driver).rcloneRemotes?.bucket.discovery ?? '') : '',
    config: { ...account?.settings },
  }))
  const suggestions = [
    ...remote.suggested_buckets.map((value) => ({ value, detail: 'named in this text' })),
    ...discovery.choices.filter((found) => !remote.suggested_buckets.includes(found.value)),
  ]
  const said = (key: string) => String(remote.remote?.[key] ?? '')
  const server = said('endpoint').replace(/^https?:\/\//, '') || said('region')
  return (
    <li className="flex items-start gap-3 px-3 py-3">
      <Checkbox
        label={`Import ${remote.name}`}
        checked={choice.isChosen}
        onChange={(isChosen) => onChoose({ ...choice, isChosen })}
        className="mt-0.5"
      />
      <div className="grid min-w-0 flex-1 gap-x-4 gap-y-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,280px)]">
        <div className="min-w-0 text-13">
          <p className="break-words font-medium">{remote.name}</p>
          <p className="truncate text-12 text-muted" title={server}>
            {said('provider') === 'Other' ? '' : `${said('provider')} · `}
            <span className="font-mono">{server}</span>
          </p>
          <p className="truncate text-12 text-muted">
            Line {remote.line}, key <span className="font-mono">{said('access_key_id')}</span>
          </p>
        </div>
        <div className="flex min-w-0 items-start gap-2">
          <Suggest
            aria-label={`Bucket of ${remote.name}`}
            placeholder="Bucket"
            value={choice.bucket}
            onChange={(bucket) => onChoose({ bucket, isChosen: choice.isChosen || bucket !== '' })}
            suggestions={suggestions}
            className="h-8 text-13"
          />
          <Button
            icon={Search}
            pending={discovery.pending}
            disabled={account === undefined}
            onClick={discovery.look}
            aria-label={`Look for buckets of ${remote.name}`}
          >
            Look
          </Button>
        </div>
        {discovery.message && (
          <p role="status" className="break-words text-12 text-muted sm:col-span-2">
            {discovery.message}
          </p>
        )}
        {remote.action === 'skip' && remote.reason && (
          <p className="text-12 text-muted sm:col-span-2">{remote.reason}</p>
        )}
        <ProblemLines problems={remote.problems} className="sm:col-span-2" />
      </div>
    </li>
  )
}

function ProblemLines({ problems, className }: { problems: ImportedRemote['problems']; className?: string }) {
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

/** Every section and line that is not taken, with the reason. */
function NotTaken({ result, others }: { result: ImportResult; others: readonly ImportedRemote[] }) {
  const rows = [
    ...others.map(({ line, name, reason, problems }) => ({ line, name, message: reason ?? '', problems })),
    ...result.problems.map(({ line, message }) => ({ line, name: null, message, problems: [] })),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  if (rows.length === 0) return null
  return (
    <details className="group text-13" open={rows.length <= 6}>
      <summary className="flex cursor-pointer list-none items-center gap-1 font-medium">
        <ChevronRight aria-hidden className="size-4 text-faint transition-transform group-open:rotate-90" />
        Not taken ({rows.length})
      </summary>
      <ul className="mt-2 divide-y divide-line rounded-lg border border-line">
        {rows.map((row) => (
          <li key={`${row.line} ${row.message}`} className="grid gap-x-3 px-3 py-2 sm:grid-cols-[72px_1fr]">
            <span className="tabular text-12 text-muted">Line {row.line}</span>
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
