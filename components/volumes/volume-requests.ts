import { request } from '@/components/data/request'
import type { VolumeRow, VolumeView } from '@/lib/volumes/schema'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'

/** What the API answers to a change of a volume; the operation is null when there was nothing to do. */
export interface VolumeAnswer {
  data: VolumeView
  operation: { id: string; status: string } | null
}

/**
 * Most changes are done within this: then what is on screen afterwards is how it is, and a refusal of the host stands in the form.
 * What takes longer goes on, and the page of the volume shows how far it is.
 */
const BRIEFLY = { prefer: 'wait=5' } as const

/** What may be asked for is the last part of the path: `/resize`, `/snapshots`, … */
export function changeVolume(
  { id }: Pick<VolumeRow, 'id'>,
  path: string,
  { method = 'POST', body }: { method?: 'POST' | 'PATCH' | 'DELETE'; body?: unknown } = {},
): Promise<VolumeAnswer> {
  return request<VolumeAnswer>(`/api/v1/volumes/${id}${path}`, {
    method,
    headers: BRIEFLY,
    ...(body === undefined ? {} : { body }),
  })
}

export function makeVolume(poolId: string, body: unknown): Promise<VolumeAnswer> {
  return request<VolumeAnswer>(`/api/v1/storage/pools/${poolId}/volumes`, { method: 'POST', headers: BRIEFLY, body })
}

/** Into the trash; what lies there already is deleted for good. */
export function dropUnknown({ pool_id, id }: Pick<UnknownVolumeView, 'pool_id' | 'id'>): Promise<unknown> {
  return request(`/api/v1/storage/pools/${pool_id}/unknown-volumes/${id}`, { method: 'DELETE', headers: BRIEFLY })
}

/** Answers with the operation, whose page shows how far it is and what came of it. */
export function exportVolume({ id }: Pick<VolumeRow, 'id'>, body: unknown): Promise<{ data: { id: string } }> {
  return request<{ data: { id: string } }>(`/api/v1/volumes/${id}/export`, { method: 'POST', body })
}

/** Topics whose queries a change of a volume concerns. */
export const VOLUME_TOPICS = ['volume', 'pool', 'operation'] as const
