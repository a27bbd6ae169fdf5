'use client'

import { Download, File, FileQuestion, Folder, type LucideIcon } from 'lucide-react'
import Link from 'next/link'
import { useMay } from '@/components/layout/person'
import { Button, buttonClass } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import type { FileView } from '@/lib/files/schema'

const ICONS: Record<FileView['kind'], LucideIcon> = { file: File, directory: Folder, other: FileQuestion }

/** Whose it is, in words; nothing for what others have put there. */
function Owner({ owner }: { owner: NonNullable<FileView['used_by']> }) {
  const { kind, id, name } = owner
  if (kind === 'trash') return <span>the trash</span>
  if (kind === 'pool') return <span>a mark of Holdfast</span>
  const what = kind === 'volume' ? 'volume' : kind === 'snapshot' ? 'snapshot' : 'a layer that clones need, of'
  if (name === null) return <span>{`${what} that is not known here`}</span>
  return (
    <span>
      {what}{' '}
      {kind === 'snapshot' ? (
        name
      ) : (
        <Link prefetch={false} className="text-accent hover:underline" href={`/volumes/${id}`}>
          {name}
        </Link>
      )}
    </span>
  )
}

function DownloadButton({ file, href }: { file: FileView; href: string }) {
  if (file.refuses_download !== null)
    return (
      <Button size="sm" icon={Download} disabled title={file.refuses_download}>
        Download
      </Button>
    )
  return (
    <a className={buttonClass({ size: 'sm' })} href={href} download={file.name} aria-label={`Download ${file.name}`}>
      <Download aria-hidden className="size-4" strokeWidth={1.75} />
      Download
    </a>
  )
}

export function FileLine({ file, href, onOpen }: { file: FileView; href: string; onOpen: () => void }) {
  const canDownload = useMay('files.download')
  const Icon = ICONS[file.kind]
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-13">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1">
        {file.kind === 'directory' ? (
          <button
            type="button"
            className="block min-h-6 max-w-full text-accent hover:underline truncate text-left font-mono text-12"
            onClick={onOpen}
          >
            {file.name}
          </button>
        ) : (
          <span className="block truncate font-mono text-12" title={file.name}>
            {file.name}
          </span>
        )}
        <span className="flex flex-wrap gap-x-1.5 text-12 text-muted">
          <RelativeTime at={file.modified_at} />
          {file.used_by && (
            <>
              <span aria-hidden>·</span>
              <Owner owner={file.used_by} />
            </>
          )}
          {file.virtual_bytes !== null && file.virtual_bytes !== file.bytes && (
            <span>
              · a disk of <Bytes value={file.virtual_bytes} />
            </span>
          )}
        </span>
      </span>
      {file.is_template && <Badge>template</Badge>}
      {file.format && <Badge mono>{file.format}</Badge>}
      {file.kind === 'file' && <Bytes value={file.bytes} className="w-20 text-right text-12 text-muted" />}
      <span className="flex w-28 justify-end">
        {canDownload && file.kind === 'file' && <DownloadButton file={file} href={href} />}
      </span>
    </li>
  )
}
