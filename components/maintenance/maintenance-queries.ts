import { queryOptions } from '@tanstack/react-query'
import { type Listed, request } from '@/components/data/request'
import type { MaintenanceView } from '@/lib/maintenance/schema'

// Keys as in `components/data/queries.ts`.

export const maintenanceList = () =>
  queryOptions({
    queryKey: ['attention', 'maintenance'],
    queryFn: ({ signal }) => request<Listed<MaintenanceView>>('/api/v1/maintenance-windows', { signal }),
  })

/** Of one host, backend or pool, those that are not over. */
export const maintenanceOf = (subjectId: string) =>
  queryOptions({
    queryKey: ['attention', 'maintenance', subjectId],
    queryFn: ({ signal }) =>
      request<Listed<MaintenanceView>>(
        `/api/v1/maintenance-windows?${new URLSearchParams({ subject_id: subjectId, state: 'active,planned' })}`,
        { signal },
      ),
  })
