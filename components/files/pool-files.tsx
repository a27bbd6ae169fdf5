'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { FolderOpen, Upload } from 'lucide-react'
import { Fragment, useRef } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { poolFiles } from '@/components/data/queries'
import { downloadHref } from '@/components/files/download-href'
import { FileLine } from '@/components/files/file-line'
import { sendFile } from '@/components/files/upload-store'
import { UploadsList } from '@/components/files/uploads-list'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { EmptyState, Skeleton } from '@/components/ui/feedback'
import { Select } from '@/components/ui/select'
import { useUrlParameters } from '@/components/ui/use-url-parameter'
import type { PoolView } from '@/lib/pools/schema'

const PARAMETERS = ['path', 'files_on']

function Breadcrumb({ pool, path, onOpen }: { pool: PoolView; path: string; onOpen: (path: string) => void }) {
  const parts = path === '' ? [] : path.split('/')
  return (
    <nav aria-label="Directory" className="flex min-w-0 flex-1 flex-wrap items-center gap-x-1 font-mono text-12">
      <button type="button" className="min-h-6 text-accent hover:underline" onClick={() => onOpen('')}>
        {pool.name}
      </button>
      {parts.map((part, index) => {
        const to = parts.slice(0, index + 1).join('/')
        return (
          <Fragment key={to}>
            <span aria-hidden>/</span>
            <button
              type="button"
              className="min-h-6 max-w-60 truncate text-accent hover:underline"
              onClick={() => onOpen(to)}
            >
              {part}
            </button>
          </Fragment>
        )
      })}
    </nav>
  )
}

/** Which host's files are shown, where each has its own; null: all hosts see the same. */
function useHostOfFiles(pool: PoolView, asked: string): string | null {
  if (pool.sharing !== 'own' || pool.hosts.length < 2) return null
  const found = pool.hosts.find(({ host_id }) => host_id === asked)
  return (found ?? pool.hosts.find(({ phase }) => phase === 'READY') ?? pool.hosts[0])?.host_id ?? null
}

/** Where a file goes that is uploaded here: among the templates, unless another directory is open. */
function folderFor(path: string, { settings }: PoolView): string {
  if (path !== '') return path
  return typeof settings.templates_path === 'string' ? settings.templates_path : ''
}

/** The files of a pool: looked at, downloaded, uploaded. */
export function PoolFiles({ pool }: { pool: PoolView }) {
  const { values, set } = useUrlParameters(PARAMETERS)
  const path = values.path ?? ''
  const hostId = useHostOfFiles(pool, values.files_on ?? '')
  const canUpload = useMay('files.upload') && !pool.maintenance
  const input = useRef<HTMLInputElement>(null)
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    poolFiles(pool.id, path, hostId),
  )
  const files = data?.pages.flatMap((page) => page.data)
  const open = (next: string) => set('path', next)
  const folder = folderFor(path, pool)
  const send = (chosen: FileList | null) => {
    for (const file of chosen ?? [])
      void sendFile(pool.id, file, { path: folder === '' ? file.name : `${folder}/${file.name}`, hostId }, null)
    if (input.current) input.current.value = ''
  }
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <Breadcrumb pool={pool} path={path} onOpen={open} />
        {hostId !== null && (
          <Select
            aria-label="Host"
            className="w-48"
            value={hostId}
            onChange={(value) => set('files_on', value)}
            choices={pool.hosts.map(({ host_id, host_name }) => ({ value: host_id, label: host_name }))}
          />
        )}
        {canUpload && (
          <>
            <input ref={input} type="file" multiple hidden onChange={(event) => send(event.target.files)} />
            <Button icon={Upload} onClick={() => input.current?.click()}>
              Upload
            </Button>
          </>
        )}
      </div>
      {canUpload && path === '' && folder !== '' && (
        <p className="text-12 text-muted">
          What is uploaded here goes to <span className="font-mono">{folder}</span>, where new volumes find it as a
          template.
        </p>
      )}
      <UploadsList poolId={pool.id} />
      {error && <ProblemNote error={error} />}
      {!error && !files && <Skeleton className="h-24 w-full" />}
      {files?.length === 0 && (
        <EmptyState icon={FolderOpen} title="Nothing here">
          No file lies in this directory. Upload an image or an ISO file to have it at hand.
        </EmptyState>
      )}
      {files !== undefined && files.length > 0 && (
        <section className="panel" aria-label="Files">
          <ul className="divide-y divide-line">
            {files.map((file) => (
              <FileLine
                key={file.path}
                file={file}
                href={downloadHref(pool.id, file.path, hostId)}
                onOpen={() => open(file.path)}
              />
            ))}
          </ul>
          {hasNextPage && (
            <p className="border-t border-line px-4 py-2.5">
              <Button size="sm" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                Show more
              </Button>
            </p>
          )}
        </section>
      )}
    </div>
  )
}
