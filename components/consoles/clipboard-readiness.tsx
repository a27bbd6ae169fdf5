'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import type { ClipboardView } from '@/lib/consoles/schema'

const pathOf = (workloadId: string) => `/api/v1/workloads/${workloadId}/clipboard`
/** Somebody may install the agent meanwhile. Milliseconds. */
const LOOK_MS = 15_000

const clipboardOf = (workloadId: string) =>
  queryOptions({
    queryKey: ['workload', 'clipboard', workloadId],
    queryFn: ({ signal }) => requestOne<ClipboardView>(pathOf(workloadId), { signal }),
    refetchInterval: LOOK_MS,
  })

/** Whether the clipboard of a machine works, and what is missing where it does not. */
export function ClipboardReadiness({ workloadId }: { workloadId: string }) {
  const { data: clipboard, error } = useQuery(clipboardOf(workloadId))
  const mayChange = useMay('workloads.write')
  const [isAdding, setAdding] = useState(false)
  if (error) return <ProblemNote error={error} />
  if (!clipboard) return <p className="text-13 text-muted">Asking the host …</p>
  const { channel, is_agent_running: isAgentRunning } = clipboard
  if (channel === 'there' && isAgentRunning) {
    return <p className="text-13">It works: the channel is there, and the agent in the guest has opened it.</p>
  }
  return (
    <>
      <Note
        title={TITLES[channel]}
        action={
          channel === 'none' &&
          mayChange && (
            <Button size="sm" onClick={() => setAdding(true)}>
              Add the channel…
            </Button>
          )
        }
      >
        <Missing clipboard={clipboard} />
      </Note>
      {isAdding && <AddChannel workloadId={workloadId} clipboard={clipboard} onClose={() => setAdding(false)} />}
    </>
  )
}

const TITLES: Readonly<Record<ClipboardView['channel'], string>> = {
  none: 'It has no channel for a clipboard',
  other: 'Its channel hands no clipboard on to this screen',
  next: 'The channel comes with its next start',
  there: 'The agent in the guest does not run',
}

function Missing({ clipboard }: { clipboard: ClipboardView }) {
  const { channel, is_running: isRunning, package: name } = clipboard
  const guest = (
    <>
      The guest needs <code>{name}</code>, which runs in the session of whoever has signed in there.
    </>
  )
  if (channel === 'other') {
    return (
      <>
        It is that of SPICE, or its clipboard is switched off. Put this in its place, and start the machine anew:
        <CodeBlock text={clipboard.channel_xml} label="Channel" className="mt-2" />
      </>
    )
  }
  if (channel === 'next') return <>Shut the machine down and start it: a reset is not enough. {guest}</>
  if (channel === 'there' && !isRunning) return <>The channel is there; the machine is off. {guest}</>
  return guest
}

interface AddProps {
  workloadId: string
  clipboard: ClipboardView
  onClose: () => void
}

function AddChannel({ workloadId, clipboard, onClose }: AddProps) {
  const add = useAction<void, { data: { status: string } }>({
    run: () => request(pathOf(workloadId), { method: 'POST', headers: { prefer: 'wait=20' } }),
    topics: ['workload', 'operation'],
    quiet: true,
    done: ({ data }) => (data.status === 'succeeded' ? 'The channel was added' : 'The channel is being added'),
    onSuccess: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add a channel for the clipboard"
      description={
        clipboard.is_running
          ? 'At once where its QEMU takes it, and for its next start. Nothing else of the machine changes.'
          : 'It is there when the machine is started. Nothing else of the machine changes.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={add.isPending} onClick={() => add.mutate()}>
            Add
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        {add.isError && <ProblemNote error={add.error} />}
        <CodeBlock text={clipboard.channel_xml} label="Channel" />
        {clipboard.command && <CodeBlock text={clipboard.command} label="What its host runs" />}
      </div>
    </Dialog>
  )
}
