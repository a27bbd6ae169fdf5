'use client'

import { FileUp } from 'lucide-react'
import Link from 'next/link'
import { useRef, useState } from 'react'
import {
  ImportRemotes,
  initialChoices,
  isLacking,
  type RemoteChoice,
  requested,
} from '@/components/backends/import-remotes'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Dialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import { Field, Textarea } from '@/components/ui/field'
import { Status } from '@/components/ui/status'
import { MAX_RCLONE_CONFIG_LENGTH } from '@/lib/drivers/mounting/rclone-config'
import { FORMAT_TITLES, formatOf } from '@/lib/imports/read-import'
import type { ImportResult, PlannedMount } from '@/lib/imports/schema'

const PATH = '/api/v1/storage/import'
const EXAMPLE =
  '[wasabi]\ntype = s3\nprovider = Wasabi\naccess_key_id = …\nsecret_access_key = …\nregion = eu-central-1'
const SOURCES =
  'An rclone.conf, storage.json of WolfStack, storage.cfg of Proxmox VE, or what "docker volume inspect" or "virsh pool-dumpxml" prints.'

/** Paste or choose a file, look, choose, import. What was pasted is forgotten when the dialog closes. */
export function ImportStorage({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<ImportResult | null>(null)
  const [choices, setChoices] = useState<Record<string, RemoteChoice>>({})
  const [mounts, setMounts] = useState(true)
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
  const lacking = chosen.filter((remote) => isLacking(remote, choices[remote.name]))
  const apply = useAction<void, ImportResult>({
    run: () => {
      const remotes = chosen.map((remote) => requested(remote, choices[remote.name]))
      return requestOne<ImportResult>(PATH, {
        method: 'POST',
        body: { content: text, format: found?.format, remotes, mounts },
      })
    },
    topics: ['backend', 'mount'],
    quiet: true,
  })

  if (apply.data) return <Outcome result={apply.data} onClose={onClose} onBack={() => apply.reset()} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="lg"
      title="Import from another system"
      description={
        found === null
          ? 'Storages in the text become backends; everything else is listed with the reason.'
          : `Read as ${FORMAT_TITLES[found.format]}. Enter what the text does not tell, such as a bucket or a password.`
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
        <SourceText text={text} onChange={setText} />
      ) : (
        <>
          <ImportRemotes
            result={found}
            text={text}
            choices={choices}
            onChoose={(name, choice) => setChoices((before) => ({ ...before, [name]: choice }))}
          />
          <MountChoice checked={mounts} onChange={setMounts} />
        </>
      )}
      {preview.isError && <ProblemNote error={preview.error} className="mt-3" />}
      {apply.isError && <ProblemNote error={apply.error} className="mt-3" />}
      {lacking.length > 0 && (
        <p className="mt-3 text-13 text-muted" role="status">
          {lacking.length === 1 ? `${lacking[0]?.name} is` : `${lacking.length} of the chosen ones are`} not complete
          yet.
        </p>
      )}
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

function MountChoice({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <div className="mt-4 flex items-start gap-3 text-13">
      <Checkbox label="Write down a mount for each" checked={checked} onChange={onChange} className="mt-0.5" />
      <p>
        Write down a mount for each
        <span className="block text-12 text-muted">
          For the host of the console, and not mounted yet: test the backend first.
        </span>
      </p>
    </div>
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
          The others are not affected. Correct these and import them again.
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
              {row.bucket !== '' && <span className="text-muted">bucket {row.bucket}</span>}
              {row.reason && <p className="text-muted">{row.reason}</p>}
              {row.mount && <MadeMount mount={row.mount} />}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function MadeMount({ mount }: { mount: PlannedMount }) {
  if (mount.mount_id === null) return <p className="text-muted">No mount: {mount.reason}</p>
  return (
    <p className="text-muted">
      Mount{' '}
      <Link href={`/mounts/${mount.mount_id}`} prefetch={false} className="hover:underline">
        {mount.name}
      </Link>{' '}
      at <span className="font-mono text-12">{mount.mount_point}</span>
    </p>
  )
}
