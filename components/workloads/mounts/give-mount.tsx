'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { useMay } from '@/components/layout/person'
import { CodeBlock } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RowLink } from '@/components/ui/row-link'
import { Select } from '@/components/ui/select'
import { Status } from '@/components/ui/status'
import { SwitchRow } from '@/components/ui/switch-row'
import { takersOn } from '@/components/workloads/workload-queries'
import { targetWords } from '@/components/workloads/workload-words'
import { RESTART_LABEL } from '@/lib/attach-targets/docker/restart-label'
import { composeSnippet, quadletSnippet, runSnippet } from '@/lib/attach-targets/docker/snippets'
import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'
import { wordOfWorkload } from '@/lib/workloads/words'

/** More are found in the list of all. */
const SHOWN = 6

const FORMS = [
  { value: 'run', label: 'docker run', make: runSnippet },
  { value: 'compose', label: 'Compose', make: composeSnippet },
  { value: 'quadlet', label: 'Quadlet', make: quadletSnippet },
] as const

const BY_LABEL = `With the label ${RESTART_LABEL} (always, unless-stopped or on-failure) the agent starts it again in place of Docker, only while the storage is there.`
/** What holds it up while the storage is away. */
const WAITS: Readonly<Record<string, string>> = {
  run: BY_LABEL,
  compose: BY_LABEL,
  quadlet:
    'systemd asks the agent before each start, and tries again while the storage is away; for containers of root.',
}

/** What it can be given to, and the lines for those who make containers by files of their own. */
export function GiveMount({ mount }: { mount: MountView }) {
  if (ownerOf(mount) !== null || mount.removing || mount.hosts.length === 0) return null
  return (
    <>
      <Takers mount={mount} />
      <Snippets mount={mount} />
    </>
  )
}

/** Each leads to where that is planned. Nothing where there are none. */
function Takers({ mount }: { mount: MountView }) {
  const mayAttach = useMay('workloads.write')
  const hostIds = mount.hosts.map(({ host_id: id }) => id)
  const { data } = useQuery({ ...takersOn(hostIds), enabled: mayAttach, refetchInterval: usePollInterval() })
  const takers = (data?.data ?? []).filter(({ uses }) => !uses.some(({ id }) => id === mount.id))
  if (!mayAttach || takers.length === 0) return null
  return (
    <Panel title="Attach to" flush>
      <ul className="divide-y divide-line">
        {takers.slice(0, SHOWN).map((row) => (
          <li
            key={row.id}
            className="relative flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-13 hover:bg-hover"
          >
            <RowLink
              href={`/workloads/${row.id}?attach=${mount.id}`}
              className="min-w-0 flex-1 truncate font-medium"
              title={row.name}
            >
              {row.name}
            </RowLink>
            <span className="text-muted">
              {targetWords(row.target)} on {row.host.name}
            </span>
            <Status {...wordOfWorkload(row)} title={row.problem ?? undefined} className="w-24" />
          </li>
        ))}
      </ul>
      {takers.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">
          And {takers.length - SHOWN} more, under Workloads.
        </p>
      )}
    </Panel>
  )
}

function Snippets({ mount }: { mount: MountView }) {
  const [form, setForm] = useState<string>('run')
  const [path, setPath] = useState(mount.hosts[0]?.mount_point ?? mount.mount_point)
  const [subPath, setSubPath] = useState('')
  const [inside, setInside] = useState('/data')
  const [isReadOnly, setReadOnly] = useState(mount.read_only)
  const places = [...new Set(mount.hosts.map((host) => host.mount_point))]
  const { make } = FORMS.find(({ value }) => value === form) ?? FORMS[0]
  const below = subPath.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  const given = { path: [path, ...below].join('/'), inside, readOnly: isReadOnly }
  return (
    <Panel title="Give it to a container of your own">
      <div className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="For">
            {(control) => <Select {...control} value={form} onChange={setForm} choices={[...FORMS]} />}
          </Field>
          <Field label="Directory on the mount" optional>
            {(control) => <Input {...control} value={subPath} onChange={(event) => setSubPath(event.target.value)} />}
          </Field>
          <Field label="Path inside">
            {(control) => <Input {...control} value={inside} onChange={(event) => setInside(event.target.value)} />}
          </Field>
          {places.length > 1 && (
            <Field label="Mounted at">
              {(control) => (
                <Select
                  {...control}
                  value={path}
                  onChange={setPath}
                  choices={places.map((value) => ({ value, label: value }))}
                />
              )}
            </Field>
          )}
        </div>
        <SwitchRow label="Read-only" checked={isReadOnly} onChange={setReadOnly} />
        <CodeBlock text={make(given)} label="For the container" />
        <p className="text-12 text-muted">
          With <code>rslave</code> the container sees what is mounted below later. It is shown under Used by once it is
          there. {WAITS[form]}
        </p>
      </div>
    </Panel>
  )
}
