import Link from 'next/link'
import { Evidence } from '@/components/data/evidence'
import { type Problem, RequestError } from '@/components/data/request'
import { LearnMoreAfter } from '@/components/help/learn-more'
import { CopyButton } from '@/components/ui/copy-button'
import { Note } from '@/components/ui/feedback'

export function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) return error.problem
  return {
    type: 'about:blank',
    title: 'Error',
    status: 0,
    code: 'internal',
    detail: 'Something failed in this page.',
    recovery: 'Reload the page and try again.',
    requestId: '',
  }
}

/** Does a form say all of it at its fields already? `drawn`: the fields that it has, by their names in the API. */
export function isSaidAtFields(error: unknown, drawn: readonly string[]): boolean {
  const fields = problemOf(error).fields ?? []
  return fields.length > 0 && fields.every(({ field }) => drawn.includes(field))
}

const PAGES: Record<string, string> = {
  backend: '/backends',
  mount: '/mounts',
  pool: '/pools',
  repository: '/repositories',
  volume: '/volumes',
  workload: '/workloads',
  host: '/hosts',
  operation: '/operations',
}

/** What happened, what to do, what stands in the way, and the id that finds it in the log. */
export function ProblemNote({ error, className }: { error: unknown; className?: string }) {
  const problem = problemOf(error)
  return (
    <Note kind="critical" title={problem.detail} {...(className ? { className } : {})}>
      <p>
        {problem.recovery}
        <LearnMoreAfter advice={problem.recovery} />
      </p>
      {problem.used_by && problem.used_by.length > 0 && (
        <ul className="mt-2 space-y-1">
          {problem.used_by.map((user) => (
            <li key={user.id}>
              {PAGES[user.kind] === undefined ? (
                <span className="font-medium">{user.name}</span>
              ) : (
                <Link
                  href={`${PAGES[user.kind]}/${user.id}`}
                  prefetch={false}
                  className="font-medium text-ink underline"
                >
                  {user.name}
                </Link>
              )}{' '}
              ({user.kind})
            </li>
          ))}
        </ul>
      )}
      <Evidence explanation={problem.explanation} className="mt-1" />
      {problem.requestId && (
        <p className="mt-1 flex items-center gap-1 text-12">
          Request <span className="font-mono">{problem.requestId}</span>
          <CopyButton text={problem.requestId} label="Copy request id" />
        </p>
      )}
    </Note>
  )
}
