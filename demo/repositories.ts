import type { DemoApi } from '@/demo/api'
import type { LeaseView, RepositoryView, StartLease } from '@/lib/repositories/schema'

interface DemoRepository {
  name: string
  backend: string
  targets: Record<string, string>
  /** Of programs that work there; with an end, that have. */
  leases: readonly (StartLease & { end?: { success: boolean; note?: string } })[]
}

const GIB = 2 ** 30

/** Places for backups of the demo, by the names of their backends. */
const DEMO_REPOSITORIES: readonly DemoRepository[] = [
  {
    name: 'nightly',
    backend: 'nas-fra1',
    targets: { role: 'backup' },
    leases: [
      { program: 'borgmatic', job: 'nightly of db-fra1-01', end: { success: true } },
      {
        program: 'borgmatic',
        job: 'nightly of db-fra1-02',
        end: { success: false, note: 'pg_dump: connection refused' },
      },
      { program: 'veeam', job: 'virtual machines of fra1', reserved_bytes: 180 * GIB, heartbeat_seconds: 86_400 },
    ],
  },
  { name: 'offsite', backend: 'objects-backups', targets: { role: 'backup' }, leases: [] },
  { name: 'office', backend: 'office-files', targets: { site: 'ber' }, leases: [] },
]

/** Made through the API, tests and all. */
export async function fillRepositories(api: DemoApi, backends: ReadonlyMap<string, string>): Promise<void> {
  for (const { name, backend, targets, leases } of DEMO_REPOSITORIES) {
    const body = { name, backend_id: backends.get(backend), targets: 'labels', target_labels: targets }
    const { id } = await api.post<RepositoryView>('/repositories', body)
    if (leases.length > 0) await untilReady(api, id)
    for (const { end, ...lease } of leases) {
      const { id: leaseId } = await api.post<LeaseView>(`/repositories/${id}/leases`, lease)
      if (end !== undefined) await api.post(`/repositories/${id}/leases/${leaseId}/finish`, end)
    }
  }
}

const READY_MS = 30_000

async function untilReady(api: DemoApi, id: string): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (!(await api.get<RepositoryView>(`/repositories/${id}`)).takes_backups && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 500))
}
