'use client'

import { FileInput } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '@/components/ui/button'

const ImportRclone = dynamic(
  () => import('@/components/backends/import-rclone').then((module) => module.ImportRclone),
  {
    ssr: false,
  },
)

/** On the page of backends; the dialog is fetched when it is opened. */
export function ImportRcloneButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button icon={FileInput} onClick={() => setOpen(true)}>
        Import rclone.conf
      </Button>
      {isOpen && <ImportRclone onClose={() => setOpen(false)} />}
    </>
  )
}
