'use client'

import { Ellipsis, Play, SkipForward, Square, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button, IconButton } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { OperationView } from '@/lib/operations/schema'

type Decision = 'resume' | 'skip' | 'rollback' | 'cancel'

const SENT: Record<Decision, { verb: string; body: Record<string, unknown>; done: string }> = {
  resume: { verb: 'resume', body: {}, done: 'The rollout goes on' },
  skip: { verb: 'resume', body: { failed: 'skip' }, done: 'The next wave begins' },
  rollback: { verb: 'rollback', body: {}, done: 'Rolling back' },
  cancel: { verb: 'cancel', body: {}, done: 'The rollout ends here' },
}

const QUESTIONS = {
  rollback: {
    title: 'Roll back?',
    keep: 'Not yet',
    label: 'Roll back',
    text: 'The definition from before is restored, and applied to the hosts that have been reached. The others never hear of the change.',
  },
  cancel: {
    title: 'Stop here for good?',
    keep: 'Not yet',
    label: 'Stop here',
    text: 'Hosts that have the change keep it. The others keep what they have until the mount is changed, synced or mounted again there. A new mount is left unmounted where it was not reached.',
  },
} as const

/** What a person can decide about a rollout that has stopped by itself. */
export function RolloutActions({ operation }: { operation: OperationView }) {
  const [asking, setAsking] = useState<keyof typeof QUESTIONS | null>(null)
  const decide = useAction<Decision, OperationView>({
    run: (decision) =>
      requestOne<OperationView>(`/api/v1/operations/${operation.id}/${SENT[decision].verb}`, {
        method: 'POST',
        body: SENT[decision].body,
      }),
    topics: ['operation', 'mount', 'backend'],
    done: (_, decision) => SENT[decision].done,
    onSuccess: () => setAsking(null),
  })
  const failed = operation.hosts.filter(({ status }) => status === 'failed').length
  if (operation.status !== 'paused' || operation.rollout === null) return null
  const question = asking && QUESTIONS[asking]
  return (
    <>
      <Button icon={Undo2} disabled={decide.isPending} onClick={() => setAsking('rollback')}>
        Roll back
      </Button>
      <Button variant="primary" icon={Play} pending={decide.isPending} onClick={() => decide.mutate('resume')}>
        {failed === 0 ? 'Resume' : `Retry ${failed === 1 ? '1 host' : `${failed} hosts`} and resume`}
      </Button>
      <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
        <MenuItem icon={SkipForward} onSelect={() => decide.mutate('skip')}>
          Begin the next wave without them
        </MenuItem>
        <MenuItem icon={Square} danger onSelect={() => setAsking('cancel')}>
          Stop here for good
        </MenuItem>
      </Menu>
      {asking && question && (
        <AlertDialog
          open
          onOpenChange={(open) => !open && setAsking(null)}
          title={question.title}
          description={<p>{question.text}</p>}
          footer={
            <>
              <Button onClick={() => setAsking(null)}>{question.keep}</Button>
              <Button variant="danger" pending={decide.isPending} onClick={() => decide.mutate(asking)}>
                {question.label}
              </Button>
            </>
          }
        />
      )}
    </>
  )
}
