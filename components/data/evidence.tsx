import { ChevronRight } from 'lucide-react'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import type { ExplanationView } from '@/lib/drivers/problems/schema'

/** For whoever looks into a problem: the tool's own words, and what shows it on the host. Nothing where there is neither. */
export function Evidence({
  explanation,
  className,
}: {
  explanation: ExplanationView | null | undefined
  className?: string
}) {
  const { said = null, command = null } = explanation ?? {}
  if (said === null && command === null) return null
  return (
    <details className={cn('group/evidence text-12', className)}>
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded-sm text-muted hover:text-ink">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/evidence:rotate-90" />
        Look into it
      </summary>
      <div className="mt-1.5 space-y-2">
        {said !== null && (
          <div>
            <p className="mb-1 text-muted">What the host said:</p>
            <CodeBlock text={said} label="What the host said" />
          </div>
        )}
        {command !== null && (
          <div>
            <p className="mb-1 text-muted">To see it yourself, run on the host:</p>
            <CodeBlock text={command} label="Command" />
          </div>
        )}
      </div>
    </details>
  )
}
