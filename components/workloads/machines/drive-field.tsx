import { useQueries, useQuery } from '@tanstack/react-query'
import { poolList, poolTemplates } from '@/components/data/queries'
import { isOpenThere } from '@/components/pools/pool-words'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { DraftPart } from '@/components/workloads/machines/offered-fields'
import { formatBytes } from '@/lib/units'

const NO_DRIVE = 'none'

/** Files among the templates of pools that are open on its host. */
export function DriveField({ draft, wrong, change }: DraftPart) {
  const { data: pools } = useQuery(poolList())
  const here = (pools?.data ?? []).filter(
    ({ hosts, template_count: count }) =>
      count !== 0 && hosts.some((row) => row.host_id === draft.hostId && isOpenThere(row)),
  )
  const discs = useQueries({
    queries: here.map(({ id }) => poolTemplates(id)),
    combine: (answers) =>
      answers.flatMap(({ data }, at) => {
        const pool = here[at]
        if (pool === undefined) return []
        const isOwn = pool.sharing === 'own'
        return (data?.data ?? [])
          .filter(({ name, format, host_id: hostId }) => isDisc(name, format) && (!isOwn || hostId === draft.hostId))
          .map(({ name, bytes }) => ({
            ...{ value: `${pool.id} ${name}`, label: name, detail: `${pool.name}, ${formatBytes(bytes)}` },
          }))
      }),
  })
  return (
    <Field
      label="Disc in its drive"
      optional
      error={wrong('iso') ?? wrong('iso.template') ?? wrong('iso.pool_id')}
      help={
        discs.length === 0
          ? 'No ISO file lies among the templates of a pool that is open on this host.'
          : 'It starts from this while its disks have nothing to start from.'
      }
    >
      {(control) => (
        <Select
          {...control}
          value={draft.iso === '' ? NO_DRIVE : draft.iso}
          onChange={(iso) => change({ iso: iso === NO_DRIVE ? '' : iso })}
          choices={[{ value: NO_DRIVE, label: 'None' }, ...discs]}
        />
      )}
    </Field>
  )
}

function isDisc(name: string, format: string | null): boolean {
  return format === 'iso' || (format === 'raw' && /\.iso$/i.test(name))
}
