'use client'

import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { NotTaken, ProblemLines, placeOf } from '@/components/backends/import-left-out'
import type { GivenText } from '@/components/backends/import-texts'
import { DiscoveryOutcome } from '@/components/forms/discovery-outcome'
import { useDiscovery } from '@/components/forms/use-discovery'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Note } from '@/components/ui/feedback'
import { Input } from '@/components/ui/field'
import { Suggest } from '@/components/ui/suggest'
import { driverById } from '@/lib/drivers/registry'
import type { StorageEntry } from '@/lib/imports/entry'
import { readImports, textsOf } from '@/lib/imports/read-imports'
import type { ImportedRemote, ImportResult } from '@/lib/imports/schema'

export interface RemoteChoice {
  isChosen: boolean
  bucket: string
  /** What was entered, by the names in `needs`. */
  values: Readonly<Record<string, string>>
}

const NOTHING: RemoteChoice = { isChosen: false, bucket: '', values: {} }

/** A long file shows this many remotes at first. */
const FIRST_ROWS = 40

/** Marked are those that can be made as they are. */
export function initialChoices(remotes: readonly ImportedRemote[]): Record<string, RemoteChoice> {
  return Object.fromEntries(
    remotes
      .filter((remote) => remote.remote !== null)
      .map((remote) => {
        const bucket = remote.suggested_buckets[0] ?? ''
        return [remote.name, { ...NOTHING, isChosen: remote.needs.length === 0 && remote.action === 'create', bucket }]
      }),
  )
}

function bucketField({ driver }: Pick<ImportedRemote, 'driver'>): string | undefined {
  return driver === null ? undefined : driverById(driver).rcloneRemotes?.bucket.field
}

/** Whether something is still to be entered. */
export function isLacking(remote: ImportedRemote, choice: RemoteChoice = NOTHING): boolean {
  const entered = (field: string) => (field === bucketField(remote) ? choice.bucket : (choice.values[field] ?? ''))
  return remote.needs.some((field) => entered(field).trim() === '')
}

/** One chosen remote, as the API takes it. */
export function requested(remote: ImportedRemote, { bucket, values }: RemoteChoice = NOTHING) {
  const config = Object.entries(values).map(([field, value]) => {
    const isNumber = remote.driver !== null && driverById(remote.driver).fields[field]?.control === 'number'
    return [field, isNumber ? Number(value) : value] as const
  })
  return {
    name: remote.name,
    ...(bucket.trim() === '' ? {} : { bucket: bucket.trim() }),
    ...(config.length === 0 ? {} : { config: Object.fromEntries(config) }),
  }
}

/** The remotes that can be imported with their buckets, and below them what cannot, line by line. */
export function ImportRemotes({
  result,
  texts,
  choices,
  hasMounts,
  onChoose,
}: {
  result: ImportResult
  texts: readonly GivenText[]
  choices: Readonly<Record<string, RemoteChoice>>
  /** Whether mounts are to be made. */
  hasMounts: boolean
  onChoose: (name: string, choice: RemoteChoice) => void
}) {
  const [limit, setLimit] = useState(FIRST_ROWS)
  // The answer of the server holds no secret, so the browser reads its own texts to be able to ask for buckets.
  const accounts = useMemo(
    () =>
      new Map(
        readImports(textsOf(texts)).entries.flatMap((found) =>
          found.kind === 'storage' ? [[found.name, found] as const] : [],
        ),
      ),
    [texts],
  )
  const usable = result.remotes.filter((remote) => remote.remote !== null)
  const others = result.remotes.filter((remote) => remote.remote === null)
  return (
    <div className="space-y-4">
      {usable.length === 0 ? (
        <Note kind="warning" title="Nothing in these texts can be imported">
          They have no storage that could be taken. The reasons are below.
        </Note>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line">
          {usable.slice(0, limit).map((remote) => (
            <RemoteRow
              key={`${remote.line} ${remote.name}`}
              remote={remote}
              account={accounts.get(remote.name)}
              choice={choices[remote.name] ?? NOTHING}
              hasMounts={hasMounts}
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
  hasMounts,
  onChoose,
}: {
  remote: ImportedRemote
  hasMounts: boolean
  account: StorageEntry | undefined
  choice: RemoteChoice
  onChoose: (choice: RemoteChoice) => void
}) {
  const field = bucketField(remote)
  const isBucketOpen = field !== undefined && account !== undefined && account.settings[field] === undefined
  return (
    <li className="flex items-start gap-3 px-3 py-3">
      <Checkbox
        label={`Import ${remote.name}`}
        checked={choice.isChosen}
        onChange={(isChosen) => onChoose({ ...choice, isChosen })}
        className="mt-0.5"
      />
      <div className="grid min-w-0 flex-1 gap-x-4 gap-y-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,280px)]">
        <About remote={remote} hasMounts={hasMounts} />
        <div className="grid min-w-0 gap-2">
          {isBucketOpen && <BucketChoice remote={remote} account={account} choice={choice} onChoose={onChoose} />}
          {remote.needs
            .filter((need) => need !== field)
            .map((need) => (
              <NeededValue key={need} remote={remote} need={need} choice={choice} onChoose={onChoose} />
            ))}
        </div>
        {remote.action !== 'create' && remote.reason && (
          <p className="text-12 text-muted sm:col-span-2">{remote.reason}</p>
        )}
        <ProblemLines problems={remote.problems} className="sm:col-span-2" />
      </div>
    </li>
  )
}

/** Name, server and key, as far as the text says them. */
function About({ remote, hasMounts }: { remote: ImportedRemote; hasMounts: boolean }) {
  const said = (key: string) => String(remote.remote?.[key] ?? '')
  const title = remote.driver === null ? '' : driverById(remote.driver).title
  const server = remote.source ?? (said('endpoint').replace(/^https?:\/\//, '') || said('region'))
  const kind = said('provider') === 'Other' || said('provider') === '' ? title : said('provider')
  const where = [
    ...(placeOf(remote) === '' ? [] : [placeOf(remote)]),
    ...(said('access_key_id') === '' ? [] : [`key ${said('access_key_id')}`]),
  ]
  return (
    <div className="min-w-0 text-13">
      <p className="break-words font-medium">{remote.name}</p>
      <p className="truncate text-12 text-muted" title={server}>
        {kind}
        {server !== '' && ' · '}
        <span className="font-mono">{server}</span>
      </p>
      {where.length > 0 && <p className="truncate text-12 text-muted">{where.join(', ')}</p>}
      {remote.action === 'create' && <p className="mt-1 break-words text-12">{becomes(remote, hasMounts)}</p>}
      {remote.used_by.length > 0 && <p className="break-words text-12 text-muted">Used by {usedBy(remote)}</p>}
    </div>
  )
}

export function isMounted({ driver }: Pick<ImportedRemote, 'driver'>): boolean {
  return driver !== null && driverById(driver).capabilities.includes('mount')
}

/** What is made of it, and what can be made afterwards. */
function becomes(remote: ImportedRemote, hasMounts: boolean): string {
  if (!isMounted(remote))
    return 'Becomes a backend for volumes. Make a pool of it afterwards: volumes that are there already are listed in that as foreign.'
  const mount = remote.backends[0]?.mount
  if (!hasMounts) return 'Becomes a backend.'
  if (mount && mount.action !== 'create') return `Becomes a backend without a mount. ${mount.reason ?? ''}`
  return `Becomes a backend and a mount${mount ? ` at ${mount.mount_point}` : ''}.`
}

/** The rest is in the answer of the API. */
const SHOWN_USES = 5

function usedBy({ used_by: all }: ImportedRemote): string {
  const more = all.length > SHOWN_USES ? ` and ${all.length - SHOWN_USES} more` : ''
  return `${all.slice(0, SHOWN_USES).join(', ')}${more}`
}

interface Choosing {
  remote: ImportedRemote
  choice: RemoteChoice
  onChoose: (choice: RemoteChoice) => void
}

function NeededValue({ remote, need, choice, onChoose }: Choosing & { need: string }) {
  const field = remote.driver === null ? undefined : driverById(remote.driver).fields[need]
  const label = `${field?.label ?? need} of ${remote.name}`
  return (
    <Input
      aria-label={label}
      placeholder={field?.label ?? need}
      type={field?.control === 'password' ? 'password' : field?.control === 'number' ? 'number' : 'text'}
      autoComplete={field?.control === 'password' ? 'new-password' : 'off'}
      value={choice.values[need] ?? ''}
      onChange={({ target: { value } }) =>
        onChoose({ ...choice, isChosen: true, values: { ...choice.values, [need]: value } })
      }
      className="h-8 text-13"
    />
  )
}

function BucketChoice({ remote, account, choice, onChoose }: Choosing & { account: StorageEntry }) {
  const discovery = useDiscovery('Look for buckets', 'bucket', () => ({
    type: account.driver,
    discovery: driverById(account.driver).rcloneRemotes?.bucket.discovery ?? '',
    config: { ...account.settings },
  }))
  const suggestions = [
    ...remote.suggested_buckets.map((value) => ({ value, detail: 'named in this text' })),
    ...discovery.choices.filter((found) => !remote.suggested_buckets.includes(found.value)),
  ]
  return (
    <>
      <div className="flex min-w-0 items-start gap-2">
        <Suggest
          aria-label={`Bucket of ${remote.name}`}
          placeholder="Bucket"
          value={choice.bucket}
          onChange={(bucket) => onChoose({ ...choice, bucket, isChosen: choice.isChosen || bucket !== '' })}
          suggestions={suggestions}
          className="h-8 text-13"
        />
        <Button
          icon={Search}
          pending={discovery.pending}
          onClick={discovery.look}
          aria-label={`Look for buckets of ${remote.name}`}
        >
          Look
        </Button>
      </div>
      <DiscoveryOutcome discovery={discovery} />
    </>
  )
}
