'use client'

import { useEffect, useRef } from 'react'
import { toast } from 'sonner'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import type { ChangeControl, ConsoleView, ControlView } from '@/lib/consoles/schema'

interface Props {
  /** The console of this page. */
  own: ConsoleView
  /** All that are open on this machine. */
  consoles: readonly ConsoleView[]
}

/** Who types on this screen, where it is not simply whoever looks; and what can be said about it. */
export function ControlNote({ own, consoles }: Props) {
  const isAdmin = useMay('consoles.admin')
  const { mutate: say, isPending } = useAction({
    run: (body: ChangeControl) =>
      requestOne<ControlView>(`/api/v1/consoles/${own.id}/control`, { method: 'POST', body }),
    topics: ['console'],
  })
  const typing = consoles.find(({ kind, types }) => kind === 'screen' && types)
  const asking = consoles.find(({ asks_until: until }) => until !== null)
  useRefusal(own)
  if (own.types) {
    if (asking === undefined) return null
    return (
      <Row
        words={`${asking.actor.name} asks to type here.`}
        more="Without an answer within a minute you go on. When you leave, it is yes."
      >
        <Button size="sm" disabled={isPending} onClick={() => say({ say: 'no', to: asking.id })}>
          Go on typing
        </Button>
        <Button size="sm" variant="primary" disabled={isPending} onClick={() => say({ say: 'yes', to: asking.id })}>
          Let {asking.actor.name} type
        </Button>
      </Row>
    )
  }
  if (typing === undefined) {
    return (
      <Row words="Nobody types here." more="You are watching.">
        <Button size="sm" variant="primary" disabled={isPending} onClick={() => say({ say: 'ask' })}>
          Type here
        </Button>
      </Row>
    )
  }
  const hasAsked = own.asks_until !== null
  return (
    <Row
      words={`${typing.actor.name} types here, you are watching.`}
      more={hasAsked ? `You have asked; ${typing.actor.name} has a minute to answer.` : undefined}
    >
      {isAdmin && (
        <Button size="sm" disabled={isPending} onClick={() => say({ say: 'take' })}>
          Take over
        </Button>
      )}
      <Button size="sm" variant="primary" disabled={isPending || hasAsked} onClick={() => say({ say: 'ask' })}>
        {hasAsked ? 'Asked' : 'Ask to type'}
      </Button>
    </Row>
  )
}

function Row({ words, more, children }: { words: string; more?: string | undefined; children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2 border-b border-line bg-raised px-3 py-2 text-13"
    >
      <p className="min-w-0 break-words">
        {words} {more && <span className="text-muted">{more}</span>}
      </p>
      <div className="flex flex-wrap gap-2">{children}</div>
    </div>
  )
}

/** Says once that what was asked for was not given. */
function useRefusal({ types, asks_until: until }: ConsoleView): void {
  const before = useRef<string | null>(null)
  useEffect(() => {
    if (before.current !== null && until === null && !types) toast.info('The keyboard was not given to you.')
    before.current = until
  }, [types, until])
}
