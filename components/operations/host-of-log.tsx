import { ALL_HOSTS } from '@/components/operations/log-lines'
import { Select } from '@/components/ui/select'
import type { OperationView } from '@/lib/operations/schema'

/** Chooses whose lines a log shows. */
export function HostOfLog({
  value,
  onChange,
  hosts,
}: {
  value: string
  onChange: (hostId: string) => void
  hosts: OperationView['hosts']
}) {
  return (
    <Select
      aria-label="Host of the log"
      className="h-7 w-44 text-12"
      value={value}
      onChange={onChange}
      choices={[
        { value: ALL_HOSTS, label: 'All hosts' },
        ...hosts.map((host) => ({ value: host.host_id, label: host.host_name })),
      ]}
    />
  )
}
