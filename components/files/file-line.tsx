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

/** On a phone the arrow alone, so that the name has room. */
const DOWNLOAD = <span className="max-sm:sr-only">Download</span>

function DownloadButton({ file, href }: { file: FileView; href: string }) {
  if (file.refuses_download !== null)
    return (
      <Button size="sm" icon={Download} disabled title={file.refuses_download}>
        {DOWNLOAD}
      </Button>
    )
  return (
    <a className={buttonClass({ size: 'sm' })} href={href} download={file.name} aria-label={`Download ${file.name}`}>
      <Download aria-hidden className="size-4" strokeWidth={1.75} />
      {DOWNLOAD}
    </a>
  )
}

function Name({ file: { kind, name }, onOpen }: { file: FileView; onOpen: () => void }) {
  if (kind !== 'directory') {
    return (
      <span className="max-w-full truncate font-mono text-12" title={name}>
        {name}
      </span>
    )
  }
  return (
    <button
      type="button"
      className="min-h-6 max-w-full truncate text-left font-mono text-12 text-accent hover:underline"
      title={name}
      onClick={onOpen}
    >
      {name}
    </button>
  )
}

export function FileLine({ file, href, onOpen }: { file: FileView; href: string; onOpen: () => void }) {
  const canDownload = useMay('files.download')
  const Icon = ICONS[file.kind]
  const isFile = file.kind === 'file'
  return (
    <li className="flex items-center gap-x-3 px-4 py-1.5 text-13 sm:min-h-10">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="flex min-w-0 flex-1 flex-col items-start sm:flex-row sm:items-center sm:gap-x-3">
        <Name file={file} onOpen={onOpen} />
        <span className="flex min-w-0 max-w-full flex-wrap items-center gap-x-3 text-12 text-muted sm:shrink-0">
          {file.used_by && <Owner owner={file.used_by} />}
          {file.virtual_bytes !== null && file.virtual_bytes !== file.bytes && (
            <span>
              a disk of <Bytes value={file.virtual_bytes} />
            </span>
          )}
          {isFile && <Bytes value={file.bytes} className="sm:hidden" />}
          <span className="sm:hidden">
            <RelativeTime at={file.modified_at} />
          </span>
        </span>
      </span>
      <span className="flex shrink-0 gap-2">
        {file.is_template && <Badge>template</Badge>}
        {file.format && <Badge mono>{file.format}</Badge>}
      </span>
      {isFile && <Bytes value={file.bytes} className="w-20 shrink-0 text-right text-12 text-muted max-sm:hidden" />}
      <span className="w-20 shrink-0 text-right text-12 text-muted max-sm:hidden">
        <RelativeTime at={file.modified_at} />
      </span>
      <span className="flex shrink-0 justify-end sm:w-28">
        {canDownload && isFile && <DownloadButton file={file} href={href} />}
      </span>
    </li>
  )
}
