import { LearnMoreAfter } from '@/components/help/learn-more'

/** What a person can do about a problem, as the last words about it. */
export function Advice({ children }: { children: string | null | undefined }) {
  if (!children) return null
  return (
    <>
      <span className="font-medium text-ink">What to do: </span>
      {children}
      <LearnMoreAfter advice={children} />
    </>
  )
}
