import { expect, test } from 'vitest'
import { mountFacets } from '@/components/mounts/list/mount-columns'
import type { MountView } from '@/lib/mounts/schema'
import { MOUNT_STATUSES, wordOfMount } from '@/lib/mounts/state'

test('the filter of states says what the badges say', () => {
  const [facet] = mountFacets([])
  const at = (state: string, status = state) => ({ state, status, drift: null })
  const rows = [
    ...MOUNT_STATUSES.map((status) => ({ status, hosts: [] })),
    { status: 'unknown', hosts: [at('mounted'), at('unknown')] },
    { status: 'error', hosts: [at('absent', 'drift_unmounted')] },
    { status: 'mounted', removing: true, hosts: [at('mounted')] },
  ] as unknown as MountView[]
  const said = rows.map((row) => {
    const [value] = facet?.values(row) ?? []
    return facet?.options?.find((option) => option.value === value)?.label
  })
  expect(said).toEqual(rows.map((row) => wordOfMount(row).word))
  expect(said).toContain('Partly unknown')
  expect(said).toContain('Removing')
})
