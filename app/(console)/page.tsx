import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import {
  attentionList,
  backendList,
  hostList,
  LATEST_READ,
  LIST_LIMIT,
  mountList,
  operationsLatest,
  poolsInSum,
  restoredState,
} from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { Overview } from '@/components/overview/overview'
import { Note } from '@/components/ui/feedback'
import { ListAttention } from '@/lib/attention/schema'
import { getAttention } from '@/lib/attention/service'
import { pageActor } from '@/lib/auth/page-actor'
import { listBackends } from '@/lib/backends/service'
import { currentEnv } from '@/lib/current-env'
import { listHosts } from '@/lib/hosts/service'
import { rightsOfRoot } from '@/lib/installation/rights'
import { listMounts } from '@/lib/mounts/service'
import { listOperations } from '@/lib/operations/service'
import { poolSummary } from '@/lib/pools/summary'
import { getRestored } from '@/lib/restores/service'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage() {
  const actor = await pageActor()
  const rights = rightsOfRoot(currentEnv())
  const mayAdminister = actor.permissions.has('hosts.admin')
  const [attention, hosts, backends, mounts, pools, operations, restored] = await Promise.all([
    getAttention(actor, ListAttention.parse({})),
    listHosts(actor, { limit: LIST_LIMIT }),
    listBackends(actor, { limit: LIST_LIMIT }),
    listMounts(actor, { limit: LIST_LIMIT }),
    poolSummary(actor),
    listOperations(actor, { limit: LATEST_READ }),
    getRestored(actor),
  ])
  return (
    <Prefetched
      data={[
        [attentionList().queryKey, attention],
        [hostList().queryKey, hosts],
        [backendList().queryKey, backends],
        [mountList().queryKey, mounts],
        [poolsInSum().queryKey, pools],
        [operationsLatest().queryKey, operations],
        [restoredState().queryKey, restored],
      ]}
    >
      <Page crumbs={[{ label: 'Overview' }]} title="Overview">
        {rights !== null && mayAdminister && (
          <Note kind="warning" title="Web and controller run with all rights of root" className="mb-5">
            {rights}
          </Note>
        )}
        <Overview />
      </Page>
    </Prefetched>
  )
}
