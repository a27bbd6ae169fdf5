'use client'

import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'

const NewContainer = dynamic(
  () => import('@/components/workloads/containers/new-container').then((module) => module.NewContainer),
  { ssr: false },
)

/** The dialog is fetched when it is opened. */
export function NewContainerButton() {
  const mayMake = useMay('workloads.write')
  const [isOpen, setOpen] = useState(false)
  if (!mayMake) return null
  return (
    <>
      <Button variant="primary" icon={Plus} onClick={() => setOpen(true)}>
        New container
      </Button>
      {isOpen && <NewContainer onClose={() => setOpen(false)} />}
    </>
  )
}
