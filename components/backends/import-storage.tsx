'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { IMPORT_PATH } from '@/components/backends/import-path'
import { ImportSources } from '@/components/backends/import-sources'
import { allTexts, excessOf, type GivenText } from '@/components/backends/import-texts'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import type { ImportResult } from '@/lib/imports/schema'

/** It knows all types, and is fetched while the server reads the texts. */
const loadReview = () => import('@/components/backends/review-import')
const ReviewImport = dynamic(() => loadReview().then((module) => module.ReviewImport), { ssr: false })

/** Paste, choose or drop files, look at one plan of them all, choose, import. All is forgotten when the dialog closes. */
export function ImportStorage({ onClose }: { onClose: () => void }) {
  const [files, setFiles] = useState<readonly GivenText[]>([])
  const [pasted, setPasted] = useState('')
  const [found, setFound] = useState<ImportResult | null>(null)
  const texts = allTexts(files, pasted)
  const excess = excessOf(texts)
  const preview = useAction<void, ImportResult>({
    run: async () => {
      const asked = requestOne<ImportResult>(IMPORT_PATH, { method: 'POST', body: { files: texts, dry_run: true } })
      const [result] = await Promise.all([asked, loadReview()])
      return result
    },
    topics: [],
    quiet: true,
    onSuccess: setFound,
  })
  if (found) return <ReviewImport texts={texts} found={found} onBack={() => setFound(null)} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title="Import from another system"
      description="Files of one system or of several become one plan: storages become backends and mounts, what lies on them is named, and everything else is listed with the reason."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={texts.length === 0 || excess !== undefined}
            pending={preview.isPending}
            onClick={() => preview.mutate()}
          >
            Preview
          </Button>
        </>
      }
    >
      <ImportSources files={files} pasted={pasted} excess={excess} onFiles={setFiles} onPaste={setPasted} />
      {preview.isError && <ProblemNote error={preview.error} className="mt-3" />}
    </Dialog>
  )
}
