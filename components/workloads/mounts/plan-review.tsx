'use client'

import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { SwitchRow } from '@/components/ui/switch-row'
import type { MountPlan } from '@/lib/workloads/schema'

const EFFECTS: Readonly<Record<MountPlan['effect'], string>> = {
  'at-once': 'It takes effect at once.',
  restart: 'It is stopped and started by this.',
  'next-start': 'It takes effect when it is started.',
}

/** May it be asked for? All that is lost was agreed to, and nothing is refused. */
export function isAgreed({ refusal, losses }: MountPlan, accepted: readonly string[]): boolean {
  return refusal === null && losses.every(({ id }) => accepted.includes(id))
}

/** What would be done, as the host says. `isOld`: of the choice before, until the new one is there. */
export function PlanReview({
  plan,
  isOld = false,
  isAsked = false,
  accepted,
  onAccept,
}: {
  plan: MountPlan
  isOld?: boolean
  /** Somebody wants it done: says what is missing for that. */
  isAsked?: boolean
  accepted: readonly string[]
  onAccept: (accepted: string[]) => void
}) {
  const { refusal, effect, notes, keeps, losses, commands, specification, host } = plan
  if (refusal !== null) {
    return (
      <Note kind="warning" title="This cannot be done from here">
        <p>{refusal.message}</p>
        {refusal.snippet !== null && (
          <div className="mt-2">
            <CodeBlock text={refusal.snippet} label="compose.yaml" />
          </div>
        )}
      </Note>
    )
  }
  return (
    <div aria-busy={isOld} aria-live="polite" className={cn('space-y-3', isOld && 'opacity-60')}>
      <p className="text-13 font-medium">{EFFECTS[effect]}</p>
      {[...notes, ...keeps].map((words) => (
        <p key={words} className="text-13 text-muted">
          {words}
        </p>
      ))}
      {losses.map(({ id, words }) => (
        <Note key={id} kind="warning" title="This is lost">
          <p className="break-words">{words}</p>
          <div className="mt-2">
            <SwitchRow
              label="I agree to lose it"
              checked={accepted.includes(id)}
              error={isAsked && !accepted.includes(id) ? 'Save it first, or agree to lose it.' : undefined}
              onChange={(isOn) => onAccept(isOn ? [...accepted, id] : accepted.filter((each) => each !== id))}
            />
          </div>
        </Note>
      ))}
      <div>
        <h3 className="mb-1.5 text-12 font-medium text-muted">What runs on {host.name}</h3>
        <CodeBlock text={commands.join('\n')} label="Commands" />
        {specification !== null && (
          <div className="mt-2">
            <CodeBlock text={specification} label="The mount" />
          </div>
        )}
      </div>
    </div>
  )
}
