'use client'

import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'

const NewMachine = dynamic(
  () => import('@/components/workloads/machines/new-machine').then((module) => module.NewMachine),
  { ssr: false },
)

/** The dialog is fetched when it is opened. */
export function NewMachineButton() {
  const mayMake = useMay('workloads.write')
  const [isOpen, setOpen] = useState(false)
  if (!mayMake) return null
  return (
    <>
      <Button icon={Plus} onClick={() => setOpen(true)}>
        New machine
      </Button>
      {isOpen && <NewMachine onClose={() => setOpen(false)} />}
    </>
  )
}
