/** Where a file of a pool is downloaded from. `hostId`: where each host has its own files. */
export function downloadHref(poolId: string, path: string, hostId: string | null): string {
  const query = new URLSearchParams({ path, ...(hostId === null ? {} : { host_id: hostId }) })
  return `/api/v1/storage/pools/${poolId}/files/download?${query}`
}
