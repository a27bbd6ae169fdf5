'use client'

import Link from 'next/link'
import { useState } from 'react'
import { IMPORT_PATH } from '@/components/backends/import-path'
import {
  ImportRemotes,
  initialChoices,
  isLacking,
  isMounted,
  type RemoteChoice,
  requested,
} from '@/components/backends/import-remotes'
import type { GivenText } from '@/components/backends/import-texts'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Dialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import { FORMAT_TITLES } from '@/lib/imports/format'
import type { ImportedRemote, ImportResult, PlannedMount } from '@/lib/imports/schema'

interface Props {
  texts: readonly GivenText[]
  /** What the server read in them. */
  found: ImportResult
  onBack: () => void
  onClose: () => void
}

/** One plan of all texts: choose, add what they do not tell, import. */
export function ReviewImport({ texts, found, onBack, onClose }: Props) {
  const [choices, setChoices] = useState<Record<string, RemoteChoice>>(() => initialChoices(found.remotes))
  const [mounts, setMounts] = useState(true)
  const chosen = found.remotes.filter((remote) => choices[remote.name]?.isChosen)
  const lacking = chosen.filter((remote) => isLacking(remote, choices[remote.name]))
  const apply = useAction<void, ImportResult>({
    run: () => {
      const remotes = chosen.map((remote) => requested(remote, choices[remote.name]))
      return requestOne<ImportResult>(IMPORT_PATH, {
        method: 'POST',
        body: { files: texts, remotes, mounts },
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
      startsAtTitle
      title="Import from another system"
      description="Nothing is made yet. Enter what the texts do not tell, such as a bucket or a password."
      footer={
        <>
          <Button onClick={onBack}>Back to the texts</Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0 || lacking.length > 0}
            pending={apply.isPending}
            onClick={() => apply.mutate()}
          >
            {chosen.length === 1 ? 'Import 1 backend' : `Import ${chosen.length} backends`}
          </Button>
        </>
      }
    >
      <Texts found={found} />
      <p role="status" className="mt-3 mb-2 text-13">
        {summary(found, chosen, mounts)}
      </p>
      <ImportRemotes
        result={found}
        texts={texts}
        hasMounts={mounts}
        choices={choices}
        onChoose={(name, choice) => setChoices((before) => ({ ...before, [name]: choice }))}
      />
      <MountChoice checked={mounts} onChange={setMounts} />
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

/** Each text, and what it was read as. */
function Texts({ found }: { found: ImportResult }) {
  return (
    <ul aria-label="Texts" className="divide-y divide-line rounded-lg border border-line text-13">
      {found.files.map(({ name, format, is_refused }) => (
        <li key={name} className="grid gap-x-3 px-3 py-1.5 sm:grid-cols-2">
          <span className="break-words font-medium">{name}</span>
          <span className={is_refused ? 'text-critical' : 'text-muted'}>
            {is_refused ? `Could not be read as ${FORMAT_TITLES[format]}` : `Read as ${FORMAT_TITLES[format]}`}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** The chosen part of the plan in one line. */
function summary(found: ImportResult, chosen: readonly ImportedRemote[], hasMounts: boolean): string {
  const mounted = hasMounts ? chosen.filter(isMounted).length : 0
  const users = new Set(chosen.flatMap(({ used_by }) => used_by)).size
  const made = `${counted(chosen.length, 'backend')} and ${counted(mounted, 'mount')} will be made of ${counted(found.files.length, 'text')}.`
  if (users === 0) return made
  return `${made} ${counted(users, 'disk or directory', 'disks and directories')} of services, containers and machines ${users === 1 ? 'lies' : 'lie'} on them; these stay as they are.`
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
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
