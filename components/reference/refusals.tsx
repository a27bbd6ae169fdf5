import type { Refusal } from '@/components/reference/open-api'

/** How an operation may be refused: the status, and by the code in the answer what to do. */
export function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  if (refusals.length === 0) return null
  return (
    <div>
      <h4 className="mb-1.5 text-13 font-medium">Refusals</h4>
      <ul className="divide-y divide-line rounded-md border border-line text-12">
        {refusals.map(({ status, codes }) => (
          <li key={status} className="flex gap-x-4 px-3 py-2">
            <span className="tabular w-8 shrink-0 font-mono font-medium">{status}</span>
            <dl className="grid min-w-0 flex-1 gap-x-4 gap-y-1 sm:grid-cols-[minmax(160px,auto)_minmax(0,1fr)]">
              {codes.map(({ code, recovery }) => (
                <div key={code} className="contents">
                  <dt className="font-mono">{code}</dt>
                  <dd className="text-muted max-sm:mb-1">{recovery}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
      <p className="mt-1.5 text-12 text-muted">
        As <span className="font-mono">application/problem+json</span>, with the code, what was wrong and what to do.
        Failures of Holdfast or of a storage (5xx) can happen to every request.
      </p>
    </div>
  )
}
