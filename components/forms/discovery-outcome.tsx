import type { Discovery } from '@/components/forms/use-discovery'
import { Note } from '@/components/ui/feedback'

/** What came of asking a host; a failure as one. */
export function DiscoveryOutcome({ discovery: { message, hasFailed } }: { discovery: Discovery }) {
  if (message === null) return null
  if (hasFailed) return <Note kind="critical">{message}</Note>
  return (
    <p role="status" className="break-words text-12 text-muted">
      {message}
    </p>
  )
}
