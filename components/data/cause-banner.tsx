import type { ReactNode } from 'react'
import { Advice } from '@/components/data/advice'
import type { Cause } from '@/components/data/causes'
import { Evidence } from '@/components/data/evidence'
import { Note } from '@/components/ui/feedback'
import { namesInShort } from '@/lib/sentences'

/** What is wrong in several places for one reason, said once, with what helps all of them. */
export function CauseBanner<T>({
  cause,
  nameOf,
  where = 'On',
  className,
  children,
}: {
  cause: Cause<T>
  nameOf: (entry: T) => string
  /** What stands before the names. */
  where?: string
  className?: string
  /** Buttons, and what came of them. */
  children?: ReactNode
}) {
  return (
    <Note kind="critical" title={cause.title} {...(className ? { className } : {})}>
      <p>
        {where} {namesInShort(cause.entries.map(nameOf))}.
      </p>
      {cause.advice && (
        <p className="mt-1">
          <Advice>{cause.advice}</Advice>
        </p>
      )}
      <Evidence explanation={cause.explanation} className="mt-1" />
      {children}
    </Note>
  )
}
