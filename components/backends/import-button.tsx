'use client'

import { FileInput } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '@/components/ui/button'

const ImportStorage = dynamic(
  () => import('@/components/backends/import-storage').then((module) => module.ImportStorage),
  {
    ssr: false,
  },
)

/** On the page of backends; the dialog is fetched when it is opened. */
export function ImportButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button icon={FileInput} onClick={() => setOpen(true)}>
        Import
      </Button>
      {isOpen && <ImportStorage onClose={() => setOpen(false)} />}
    </>
  )
}
