'use client'

import Link from 'next/link'
import { useState } from 'react'
import { ImportRemotes, initialChoices, type RemoteChoice } from '@/components/backends/import-remotes'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import { Field, Textarea } from '@/components/ui/field'
import { Status } from '@/components/ui/status'
import type { ImportResult } from '@/lib/imports/schema'

const PATH = '/api/v1/storage/import-rclone'
const EXAMPLE =
  '[wasabi]\ntype = s3\nprovider = Wasabi\naccess_key_id = …\nsecret_access_key = …\nregion = eu-central-1'

/** Paste, look, choose, import. What was pasted is forgotten when the dialog closes. */
export function ImportRclone({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<ImportResult | null>(null)
  const [choices, setChoices] = useState<Record<string, RemoteChoice>>({})
  const preview = useAction<void, ImportResult>({
    run: () => requestOne<ImportResult>(PATH, { method: 'POST', body: { content: text, dry_run: true } }),
    topics: [],
    quiet: true,
    onSuccess: (result) => {
      setFound(result)
      setChoices(initialChoices(result.remotes))
    },
  })
  const chosen = (found?.remotes ?? []).filter((remote) => choices[remote.name]?.isChosen)
  const lacking = chosen.filter((remote) => choices[remote.name]?.bucket.trim() === '')
  const apply = useAction<void, ImportResult>({
    run: () => {
      const remotes = chosen.map(({ name }) => ({ name, bucket: choices[name]?.bucket.trim() }))
      return requestOne<ImportResult>(PATH, { method: 'POST', body: { content: text, remotes, mounts: false } })
    },
    topics: ['backend'],
    quiet: true,
  })

  if (apply.data) return <Outcome result={apply.data} onClose={onClose} onBack={() => apply.reset()} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title="Import rclone.conf"
      description={
        found === null
          ? 'Paste the file, or part of it. S3 remotes become backends; everything else is listed with the reason.'
          : 'A remote does not say which bucket it is for: name it, or look what there is.'
      }
      footer={
        found === null ? (
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
        ) : (
          <>
            <Button onClick={() => setFound(null)}>Back to the text</Button>
            <Button
              variant="primary"
              disabled={chosen.length === 0 || lacking.length > 0}
              pending={apply.isPending}
              onClick={() => apply.mutate()}
            >
              {chosen.length === 1 ? 'Import 1 backend' : `Import ${chosen.length} backends`}
            </Button>
          </>
        )
      }
    >
      {found === null ? (
        <Field
          label="Text of rclone.conf"
          help={'The file of "rclone config file". Keys are sealed when the backends are made and never shown again.'}
        >
          {(control) => (
            <Textarea
              {...control}
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder={EXAMPLE}
              className="min-h-64 text-12"
            />
          )}
        </Field>
      ) : (
        <ImportRemotes
          result={found}
          text={text}
          choices={choices}
          onChoose={(name, choice) => setChoices((before) => ({ ...before, [name]: choice }))}
        />
      )}
      {preview.isError && <ProblemNote error={preview.error} className="mt-3" />}
      {apply.isError && <ProblemNote error={apply.error} className="mt-3" />}
      {lacking.length > 0 && (
        <p className="mt-3 text-13 text-muted" role="status">
          {lacking.length === 1 ? `${lacking[0]?.name} has` : `${lacking.length} of the chosen remotes have`} no bucket
          yet.
        </p>
      )}
    </Dialog>
  )
}

const OUTCOMES = {
  create: { tone: 'healthy', word: 'Created' },
  skip: { tone: 'off', word: 'Skipped' },
  refuse: { tone: 'critical', word: 'Refused' },
} as const

function Outcome({ result, onClose, onBack }: { result: ImportResult; onClose: () => void; onBack: () => void }) {
  const rows = result.remotes.flatMap((remote) => remote.backends.map((made) => ({ ...made, line: remote.line })))
  const refused = rows.filter((row) => row.action === 'refuse').length
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title={result.created === 1 ? '1 backend created' : `${result.created} backends created`}
      description="None of them is tested yet: mark them in the list and choose Test."
      footer={
        <>
          {refused > 0 && <Button onClick={onBack}>Back to the list</Button>}
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      {refused > 0 && (
        <Note kind="warning" title={refused === 1 ? 'One was refused' : `${refused} were refused`} className="mb-3">
          The others are not affected. Correct the bucket and import these again.
        </Note>
      )}
      <ul className="divide-y divide-line rounded-lg border border-line text-13">
        {rows.map((row) => (
          <li key={`${row.name} ${row.bucket}`} className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[96px_1fr]">
            <Status {...OUTCOMES[row.action]} />
            <div className="min-w-0 break-words">
              {row.backend_id ? (
                <Link href={`/backends/${row.backend_id}`} prefetch={false} className="font-medium hover:underline">
                  {row.name}
                </Link>
              ) : (
                <span className="font-medium">{row.name}</span>
              )}{' '}
              <span className="text-muted">bucket {row.bucket}</span>
              {row.reason && <p className="text-muted">{row.reason}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
