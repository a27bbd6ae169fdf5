import { Children, type ReactNode } from 'react'

/** Short facts in one line of small print, with dots between them. A line that is too long breaks after a dot, never before one. */
export function FactLine({ children }: { children: ReactNode }) {
  // Those that are not said (`null`, `false`) are left out, with their dots.
  const facts = Children.toArray(children)
  return (
    <span className="flex min-w-0 flex-wrap gap-x-1 text-12 text-muted">
      {facts.map((fact, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fact is its place
        <span key={at} className="min-w-0 break-words">
          {fact}
          {at < facts.length - 1 && <span aria-hidden> ·</span>}
        </span>
      ))}
    </span>
  )
}
