'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'
import { type HostView, UpdateHost } from '@/lib/hosts/schema'

/** `rack=a1, site=north` as an object; what has no `=` becomes a key with an empty value, which the schema then judges. */
export function parseLabels(text: string): Record<string, string> {
  const pairs = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )
}

/** How a host is called and reached. */
export function EditHost({ host, onClose }: { host: HostView; onClose: () => void }) {
  const [name, setName] = useState(host.name)
  const [address, setAddress] = useState(host.address)
  const [labels, setLabels] = useState(
    Object.entries(host.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
  )
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const update = useAction<Record<string, unknown>, HostView>({
    run: (body) => requestOne<HostView>(`/api/v1/hosts/${host.id}`, { method: 'PATCH', body }),
    topics: ['host', 'mount'],
    done: (saved) => `Saved ${saved.name}`,
    quiet: true,
    onSuccess: onClose,
  })
  function save() {
    const checked = UpdateHost.safeParse({ name, address, labels: parseLabels(labels) })
    if (checked.success) {
      setWrong({})
      update.mutate(checked.data, {
        onError: (error) =>
          setWrong(Object.fromEntries((problemOf(error).fields ?? []).map(({ field, message }) => [field, message]))),
      })
    } else {
      setWrong(Object.fromEntries(checked.error.issues.map((issue) => [String(issue.path[0]), issue.message])))
    }
  }
  return (
    <FormDialog
      title={`Edit ${host.name}`}
      submit={{ label: 'Save changes', pending: update.isPending }}
      onSubmit={save}
      onClose={onClose}
    >
      <Field label="Name" error={wrong.name}>
        {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Address" help="Where the controller reaches its agent, as host:port." error={wrong.address}>
        {(control) => (
          <Input
            {...control}
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            className="font-mono text-13"
          />
        )}
      </Field>
      <Field label="Labels" help="Such as rack=a1, site=north." error={wrong.labels} optional>
        {(control) => <Input {...control} value={labels} onChange={(event) => setLabels(event.target.value)} />}
      </Field>
      {update.isError && <ProblemNote error={update.error} />}
    </FormDialog>
  )
}
