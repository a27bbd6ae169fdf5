import { Prefetched } from '@/components/data/prefetched'
import {
  backendList,
  hostList,
  LATEST_READ,
  LIST_LIMIT,
  mountList,
  operationsLatest,
  restoredState,
} from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { Overview } from '@/components/overview/overview'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'
import { listHosts } from '@/lib/hosts/service'
import { listMounts } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'
import { getRestored } from '@/lib/restores/service'

export default async function OverviewPage() {
  const actor = await pageActor()
  const [hosts, backends, mounts, operations, restored] = await Promise.all([
    listHosts(actor, { limit: LIST_LIMIT }),
    listBackends(actor, { limit: LIST_LIMIT }),
    listMounts(actor, { limit: LIST_LIMIT }),
    listOperations(actor, { limit: LATEST_READ }),
    getRestored(actor),
  ])
  return (
    <Prefetched
      data={[
        [hostList().queryKey, hosts],
        [backendList().queryKey, backends],
        [mountList().queryKey, mounts],
        [operationsLatest().queryKey, operations],
        [restoredState().queryKey, restored],
      ]}
    >
      <Page crumbs={[{ label: 'Overview' }]} title="Overview">
        <Overview />
      </Page>
    </Prefetched>
  )
}
