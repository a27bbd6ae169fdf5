'use client'

import { Download } from 'lucide-react'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import type { SerialLogView } from '@/lib/consoles/schema'

interface Props {
  hostId: string
  machine: string
  /** Of the machine, for the names of files. */
  name: string
  /** What has come in this page. */
  said: () => Blob
}

/** Both things that can be meant by the log of a serial port, each with what it is. */
export function SerialLog({ hostId, machine, name, said }: Props) {
  const { mutate: read, isPending } = useAction({
    run: (_: undefined) =>
      requestOne<SerialLogView>(`/api/v1/consoles/serial-log?${new URLSearchParams({ host_id: hostId, machine })}`),
    done: ({ is_kept: isKept, bytes, text }) => {
      if (!isKept)
        return 'libvirt keeps no log of this machine: add <log file="/var/log/libvirt/qemu/…"/> to its serial port'
      const content = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
      save(new Blob([content], { type: 'text/plain' }), `${name}-libvirt.log`)
      return content.length < bytes ? 'Its end was downloaded: 1 MiB' : null
    },
    topics: [],
  })
  return (
    <Panel title="Log">
      <ul className="space-y-3 text-13">
        <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <span className="min-w-0 flex-1 basis-[28ch]">
            <span className="font-medium">Of libvirt</span>
            <span className="block text-muted">
              All that the port has said since libvirt keeps it, also while nobody looked, where the machine has such a
              log.
            </span>
          </span>
          <Button
            icon={Download}
            aria-label="Download the log of libvirt"
            pending={isPending}
            onClick={() => read(undefined)}
          >
            Download
          </Button>
        </li>
        <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <span className="min-w-0 flex-1 basis-[28ch]">
            <span className="font-medium">Of this page</span>
            <span className="block text-muted">
              What has come since this page was opened, 1 MiB at most. It is kept nowhere else and goes with the page.
            </span>
          </span>
          <Button
            icon={Download}
            aria-label="Download the log of this page"
            onClick={() => save(said(), `${name}-session.log`)}
          >
            Download
          </Button>
        </li>
      </ul>
    </Panel>
  )
}

function save(content: Blob, file: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = file
  link.click()
  URL.revokeObjectURL(url)
}
