'use client'

import { useQuery } from '@tanstack/react-query'
import { CheckCircle2, CircleAlert, FileUp, X } from 'lucide-react'
import { useRef, useState } from 'react'
import { poolUploads } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
import { dropUpload, type Sending, sendFile, stopSending, useSendings } from '@/components/files/upload-store'
import { sentWords, whyNotSame } from '@/components/files/upload-words'
import { useMay } from '@/components/layout/person'
import { Button, IconButton } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { CopyButton } from '@/components/ui/copy-button'
import { ProgressBar } from '@/components/ui/progress'
import { RelativeTime } from '@/components/ui/relative-time'
import type { UploadView } from '@/lib/files/schema'

const TINTS: Record<Sending['state'], string> = {
  sending: 'text-muted',
  checking: 'text-muted',
  done: 'text-healthy',
  failed: 'text-critical',
}

function SendingLine({ sending }: { sending: Sending }) {
  const { path, sent, bytes, state, error, sha256 } = sending
  const Icon = state === 'done' ? CheckCircle2 : state === 'failed' ? CircleAlert : FileUp
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-13">
      <Icon aria-hidden className={cn('size-4 shrink-0', TINTS[state])} strokeWidth={1.75} />
      <span className="min-w-0 flex-1 space-y-1">
        <span className="block truncate font-mono text-12" title={path}>
          {path}
        </span>
        {state === 'sending' && <ProgressBar label={`Upload of ${path}`} share={bytes === 0 ? 1 : sent / bytes} />}
        {state === 'checking' && <ProgressBar label={`Check of ${path}`} share={null} />}
        <span className="tabular flex min-w-0 items-center gap-1 text-12 text-muted" role="status">
          {state === 'sending' && sentWords(sent, bytes)}
          {state === 'checking' && 'All of it is sent; the host reads it once more.'}
          {state === 'failed' && <span className="text-critical">{error}</span>}
          {state === 'done' && (
            <>
              <span className="truncate font-mono" title={sha256 ?? undefined}>
                SHA-256 {sha256}
              </span>
              {sha256 && <CopyButton text={sha256} label="Copy the checksum" />}
            </>
          )}
        </span>
      </span>
      <IconButton
        icon={X}
        label={state === 'done' || state === 'failed' ? `Take ${path} off the list` : `Cancel the upload of ${path}`}
        onClick={() => void stopSending(sending)}
      />
    </li>
  )
}

/** One that nobody sends now, such as after a reload: the same file goes on with it. */
function WaitingLine({ upload }: { upload: UploadView }) {
  const input = useRef<HTMLInputElement>(null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const drop = useAction({
    run: () => dropUpload(upload.pool_id, upload.id),
    done: () => `What had come of ${upload.path} is dropped`,
    topics: ['pool'],
  })
  const take = (file: File | undefined) => {
    if (file === undefined) return
    const why = whyNotSame(file, upload)
    setRefusal(why)
    if (why === null) void sendFile(upload.pool_id, file, { path: upload.path, hostId: null }, upload)
  }
  return (
    <li className="flex flex-wrap items-center gap-3 px-4 py-2 text-13">
      <FileUp aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1 space-y-1">
        <span className="block truncate font-mono text-12" title={upload.path}>
          {upload.path}
        </span>
        <span className="tabular block text-12 text-muted">
          {sentWords(upload.offset, upload.bytes)} is there. Dropped{' '}
          {upload.expires_at && <RelativeTime at={upload.expires_at} />} if nothing comes.
        </span>
        {refusal && <span className="block text-12 text-critical">{refusal}</span>}
      </span>
      <input ref={input} type="file" hidden onChange={(event) => take(event.target.files?.[0])} />
      <Button size="sm" onClick={() => input.current?.click()}>
        Go on
      </Button>
      <IconButton icon={X} label={`Drop the upload of ${upload.path}`} onClick={() => drop.mutate(undefined)} />
    </li>
  )
}

/** Files on their way into a pool, from this browser and from others. */
export function UploadsList({ poolId }: { poolId: string }) {
  const sendings = useSendings(poolId)
  const canUpload = useMay('files.upload')
  const { data } = useQuery(poolUploads(poolId))
  const mine = new Set(sendings.map(({ uploadId }) => uploadId))
  const waiting = (data?.data ?? []).filter(({ id }) => !mine.has(id))
  if (!canUpload || sendings.length + waiting.length === 0) return null
  return (
    <section className="panel" aria-label="Uploads">
      <ul className="divide-y divide-line">
        {sendings.map((sending) => (
          <SendingLine key={sending.key} sending={sending} />
        ))}
        {waiting.map((upload) => (
          <WaitingLine key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  )
}
