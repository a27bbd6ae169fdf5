'use client'

import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { HostsTable } from '@/components/hosts/hosts-table'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

const AddHost = dynamic(() => import('@/components/hosts/add-host').then((module) => module.AddHost), { ssr: false })

export function HostsPage() {
  const [adding, setAdding] = useUrlParameter('add')
  const mayAdd = useMay('hosts.admin')
  return (
    <Page
      crumbs={[{ label: 'Hosts' }]}
      title="Hosts"
      actions={
        mayAdd && (
          <Button variant="primary" icon={Plus} onClick={() => setAdding('1')}>
            Add a host
          </Button>
        )
      }
    >
      <HostsTable onAdd={() => setAdding('1')} />
      {mayAdd && adding === '1' && <AddHost open onOpenChange={(open) => setAdding(open ? '1' : '')} />}
    </Page>
  )
}
