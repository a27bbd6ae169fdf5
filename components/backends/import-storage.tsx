'use client'

import { FileUp } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRef, useState } from 'react'
import { IMPORT_PATH } from '@/components/backends/import-path'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { MAX_RCLONE_CONFIG_LENGTH } from '@/lib/drivers/mounting/rclone-config'
import { FORMAT_TITLES, formatOf } from '@/lib/imports/format'
import type { ImportResult } from '@/lib/imports/schema'

const EXAMPLE =
  '[wasabi]\ntype = s3\nprovider = Wasabi\naccess_key_id = …\nsecret_access_key = …\nregion = eu-central-1'
const SOURCES =
  'An rclone.conf, storage.json of WolfStack, storage.cfg of Proxmox VE, a Compose file, or what "docker volume inspect", "virsh pool-dumpxml", "virsh dumpxml", "qm config" or "pct config" prints.'

/** It knows all types, and is fetched while the server reads the text. */
const loadReview = () => import('@/components/backends/review-import')
const ReviewImport = dynamic(() => loadReview().then((module) => module.ReviewImport), { ssr: false })

/** Paste or choose a file, look, choose, import. What was pasted is forgotten when the dialog closes. */
export function ImportStorage({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<ImportResult | null>(null)
  const preview = useAction<void, ImportResult>({
    run: async () => {
      const asked = requestOne<ImportResult>(IMPORT_PATH, { method: 'POST', body: { content: text, dry_run: true } })
      const [result] = await Promise.all([asked, loadReview()])
      return result
    },
    topics: [],
    quiet: true,
    onSuccess: setFound,
  })
  if (found) return <ReviewImport text={text} found={found} onBack={() => setFound(null)} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title="Import from another system"
      description="Storages in the text become backends; everything else is listed with the reason."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={text.trim() === ''}
            pending={preview.isPending}
            onClick={() => preview.mutate()}
          >
            Preview
          </Button>
        </>
      }
    >
      <SourceText text={text} onChange={setText} />
      {preview.isError && <ProblemNote error={preview.error} className="mt-3" />}
    </Dialog>
  )
}

/** The text, and what it is taken for. A file is read in the browser. */
function SourceText({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const file = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string>()
  const read = async (chosen: File | undefined) => {
    if (chosen === undefined) return
    setProblem(chosen.size > MAX_RCLONE_CONFIG_LENGTH ? 'This file is too large to be one of these.' : undefined)
    if (chosen.size <= MAX_RCLONE_CONFIG_LENGTH) onChange(await chosen.text())
  }
  return (
    <Field
      label="Text to import"
      help={
        text.trim() === ''
          ? SOURCES
          : `This looks like ${article(FORMAT_TITLES[formatOf(text)])}. Keys and passwords are sealed and never shown again.`
      }
      error={problem}
      aside={
        <>
          <input
            ref={file}
            type="file"
            className="hidden"
            aria-label="File to import"
            onChange={(event) => {
              void read(event.target.files?.[0])
              event.target.value = ''
            }}
          />
          <Button icon={FileUp} onClick={() => file.current?.click()}>
            Choose a file
          </Button>
        </>
      }
    >
      {(control) => (
        <Textarea
          {...control}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          placeholder={EXAMPLE}
          className="min-h-64 text-12"
        />
      )}
    </Field>
  )
}

function article(title: string): string {
  return title.startsWith('output') ? `the ${title}` : `a ${title}`
}
