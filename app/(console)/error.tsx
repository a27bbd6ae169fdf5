'use client'

import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { EmptyState } from '@/components/ui/feedback'

/** A page that could not be made. The digest finds the cause in the log of the web process. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto w-full max-w-[720px] px-4 py-16">
      <EmptyState
        title="This page could not be shown"
        action={
          <>
            <Button variant="primary" onClick={reset}>
              Retry
            </Button>
            <Button onClick={() => window.location.assign('/')}>Overview</Button>
          </>
        }
      >
        Holdfast or its database did not answer, or you may not see this page. Nothing was changed.
        {error.digest && (
          <span className="mt-2 flex items-center justify-center gap-1 text-12">
            Log reference <span className="font-mono">{error.digest}</span>
            <CopyButton text={error.digest} label="Copy log reference" />
          </span>
        )}
      </EmptyState>
    </main>
  )
}
