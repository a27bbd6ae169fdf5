'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { poolList } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'

const CreateVolume = dynamic(
  () => import('@/components/volumes/forms/create-volume').then((module) => module.CreateVolume),
  { ssr: false },
)

/** The dialog is fetched when it is opened. Without a pool there is nothing to make a volume in. */
export function NewVolumeButton() {
  const canWrite = useMay('volumes.write')
  const { data: pools } = useQuery(poolList())
  const [isOpen, setOpen] = useState(false)
  if (!canWrite || !pools || pools.data.length === 0) return null
  return (
    <>
      <Button variant="primary" icon={Plus} onClick={() => setOpen(true)}>
        New volume
      </Button>
      {isOpen && <CreateVolume pools={pools.data} preset="" onClose={() => setOpen(false)} />}
    </>
  )
}
