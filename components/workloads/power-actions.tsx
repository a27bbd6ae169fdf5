'use client'

import { Ellipsis, Play, Power, PowerOff, RotateCcw, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button, IconButton } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Menu, MenuItem } from '@/components/ui/menu'
import { type MachineAnswer, powerWorkload } from '@/components/workloads/machine-requests'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import { attachTarget } from '@/lib/attach-targets/registry'
import type { WorkloadView } from '@/lib/workloads/schema'

const DeleteWorkload = dynamic(
  () => import('@/components/workloads/delete-workload').then((module) => module.DeleteWorkload),
  { ssr: false },
)

interface Words {
  label: string
  doing: string
  done: string
}

/** What is said of each, while it goes on and when it was done. */
const WORDS: Readonly<Record<WorkloadView['kind'], Readonly<Record<PowerAction, Words>>>> = {
  machine: {
    start: { label: 'Start', doing: 'Starting', done: 'runs' },
    shutdown: { label: 'Shut down', doing: 'Shutting down', done: 'is shut down' },
    off: { label: 'Power off', doing: 'Powering off', done: 'is powered off' },
    reset: { label: 'Reset', doing: 'Resetting', done: 'was reset' },
  },
  container: {
    start: { label: 'Start', doing: 'Starting', done: 'runs' },
    shutdown: { label: 'Stop', doing: 'Stopping', done: 'is stopped' },
    off: { label: 'Kill', doing: 'Killing', done: 'was killed' },
    reset: { label: 'Restart', doing: 'Restarting', done: 'was restarted' },
  },
}

type Machine = Pick<WorkloadView, 'id' | 'name' | 'state' | 'kind' | 'target'>

function usePower({ id, name, kind }: Machine, options: { quiet?: boolean; onSuccess?: () => void } = {}) {
  return useAction<PowerAction, MachineAnswer>({
    run: (action) => powerWorkload(id, action),
    topics: ['workload', 'operation'],
    done: ({ data }, action) =>
      data.status === 'succeeded' ? `${name} ${WORDS[kind][action].done}` : `${WORDS[kind][action].doing} ${name}`,
    ...options,
  })
}

/** Start and stop, as far as its state allows. Of one whose state is not known nothing is offered. */
export function PowerActions({ machine }: { machine: Machine }) {
  const power = usePower(machine)
  const [asked, setAsked] = useState<'off' | 'reset' | null>(null)
  const [isDeleting, setDeleting] = useState(false)
  const { state, kind } = machine
  if (state === 'unknown') return null
  if (state === 'stopped' || state === 'failed' || state === 'paused') {
    return (
      <>
        <Button variant="primary" icon={Play} pending={power.isPending} onClick={() => power.mutate('start')}>
          {state === 'paused' ? 'Go on' : 'Start'}
        </Button>
        {state === 'paused' && <Hard kind={kind} onAsk={setAsked} />}
        {state !== 'paused' && attachTarget(machine.target)?.isMade && (
          <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
            <MenuItem icon={Trash2} onSelect={() => setDeleting(true)}>
              Delete…
            </MenuItem>
          </Menu>
        )}
        {isDeleting && <DeleteWorkload workload={machine} onClose={() => setDeleting(false)} />}
        {asked && <ConfirmPower machine={machine} action={asked} onClose={() => setAsked(null)} />}
      </>
    )
  }
  return (
    <>
      <Button icon={Power} pending={power.isPending} onClick={() => power.mutate('shutdown')}>
        {WORDS[kind].shutdown.label}
      </Button>
      <Hard kind={kind} onAsk={setAsked} />
      {asked && <ConfirmPower machine={machine} action={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function Hard({ kind, onAsk }: { kind: Machine['kind']; onAsk: (action: 'off' | 'reset') => void }) {
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
      <MenuItem icon={RotateCcw} onSelect={() => onAsk('reset')}>
        {WORDS[kind].reset.label}…
      </MenuItem>
      <MenuItem icon={PowerOff} onSelect={() => onAsk('off')}>
        {WORDS[kind].off.label}…
      </MenuItem>
    </Menu>
  )
}

/** What nothing brings back is asked about first. */
export function ConfirmPower({
  machine,
  action,
  onClose,
}: {
  machine: Machine
  action: 'off' | 'reset'
  onClose: () => void
}) {
  const power = usePower(machine, { quiet: true, onSuccess: onClose })
  const { label } = WORDS[machine.kind][action]
  const description =
    machine.kind === 'container' && action === 'reset'
      ? 'What runs in it is asked to end, and is ended after 30 seconds.'
      : 'What runs in it hears nothing of it: what it has not written yet is lost.'
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${label} ${machine.name}?`}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Keep it running</Button>
          <Button variant="danger" pending={power.isPending} onClick={() => power.mutate(action)}>
            {label}
          </Button>
        </>
      }
    >
      {power.isError && <ProblemNote error={power.error} />}
    </AlertDialog>
  )
}
