import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { backendList, hostList, poolList } from '@/components/data/queries'
import { IconButton } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { Suggest } from '@/components/ui/suggest'
import type { Maintained, MaintenanceView } from '@/lib/maintenance/schema'

type Subject = MaintenanceView['subjects'][number]

const KINDS: readonly { value: Maintained; label: string }[] = [
  { value: 'host', label: 'Host' },
  { value: 'backend', label: 'Backend' },
  { value: 'pool', label: 'Pool' },
]

function useNamed(kind: Maintained): { id: string; name: string }[] {
  const hosts = useQuery({ ...hostList(), enabled: kind === 'host' }).data?.data
  const backends = useQuery({ ...backendList(), enabled: kind === 'backend' }).data?.data
  const pools = useQuery({ ...poolList(), enabled: kind === 'pool' }).data?.data
  if (kind === 'host') return (hosts ?? []).filter(({ revoked_at }) => revoked_at === null)
  return (kind === 'backend' ? backends : pools) ?? []
}

/** What is worked on: chosen by name, one after the other. */
export function SubjectsField({
  value,
  onChange,
  error,
}: {
  value: readonly Subject[]
  onChange: (subjects: Subject[]) => void
  error?: string | undefined
}) {
  const [kind, setKind] = useState<Maintained>('host')
  const [typed, setTyped] = useState('')
  const left = useNamed(kind).filter(({ id }) => !value.some((one) => one.id === id))
  const choose = (name: string) => {
    const found = left.find((one) => one.name === name)
    setTyped(found ? '' : name)
    if (found) onChange([...value, { kind, id: found.id, name: found.name }])
  }
  return (
    <div className="space-y-2">
      <div className="grid gap-4 sm:grid-cols-[140px_minmax(0,1fr)]">
        <Field label="Kind">
          {(attributes) => (
            <Select {...attributes} value={kind} onChange={(next) => setKind(next as Maintained)} choices={KINDS} />
          )}
        </Field>
        <Field label="What is worked on" error={error} help="Choose a name; several are possible.">
          {(attributes) => (
            <Suggest
              {...attributes}
              value={typed}
              onChange={choose}
              suggestions={left.map(({ name }) => ({ value: name }))}
            />
          )}
        </Field>
      </div>
      {value.length > 0 && (
        <ul aria-label="What is worked on" className="flex flex-wrap gap-2">
          {value.map(({ id, kind: of, name }) => (
            <li key={id} className="inline-flex items-center gap-1 rounded-md border border-line pl-2 text-13">
              <span className="text-muted">{of}</span> {name}
              <IconButton
                icon={X}
                label={`Leave out ${name}`}
                className="size-7"
                onClick={() => onChange(value.filter((one) => one.id !== id))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
