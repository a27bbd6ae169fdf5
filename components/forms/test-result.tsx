'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Advice } from '@/components/data/advice'
import { Evidence } from '@/components/data/evidence'
import { ProblemNote } from '@/components/data/problem-note'
import { isRunning, operationOne } from '@/components/data/queries'
import { outcomeOf, type Step, stepsOf } from '@/components/forms/test-outcome'
import { LearnMoreAfter } from '@/components/help/learn-more'
import { cureOf } from '@/components/operations/cure'
import { Bytes } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Note, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { OperationView } from '@/lib/operations/schema'
import type { Tone } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

const TONES: Record<Step['status'], Tone> = {
  passed: 'healthy',
  failed: 'critical',
  warning: 'warning',
  skipped: 'off',
}
const WORDS: Record<Step['status'], string> = {
  passed: 'passed',
  failed: 'failed',
  warning: 'passed with a warning',
  skipped: 'skipped',
}

/** Problems of a program that a host lacks. */
const MISSING: ReadonlySet<string> = new Set(['tool.missing', 'nfs.helper_missing', 'cifs.helper_missing'])

const NONE: ReadonlySet<string> = new Set()

type TestedHost = OperationView['hosts'][number] | undefined

/** From which host, since "this host" in what follows means that one, and when. */
function Where({ host, running, endedAt }: { host: TestedHost; running: boolean; endedAt: string | null }) {
  if (!host) return null
  return (
    <h3 className="border-b border-line px-4 py-2.5 text-13 text-muted">
      {running ? 'Testing' : 'Tested'} from{' '}
      <Link href={`/hosts/${host.host_id}`} prefetch={false} className="font-medium text-ink hover:underline">
        {host.host_name}
      </Link>
      {!running && endedAt !== null && (
        <>
          {' '}
          <RelativeTime at={endedAt} />
        </>
      )}
    </h3>
  )
}

/** To the page of the host, where what is missing can be installed. */
function ToHost({ step, host }: { step: Step; host: TestedHost }) {
  if (!host || !step.explanation || !MISSING.has(step.explanation.id)) return null
  return (
    <p>
      <Link href={`/hosts/${host.host_id}`} prefetch={false} className="font-medium text-accent hover:underline">
        Install it on {host.host_name}
      </Link>
    </p>
  )
}

function StepRow({ step, host, isSaid }: { step: Step; host: TestedHost; isSaid: boolean }) {
  const open = !isSaid && (step.status === 'failed' || step.status === 'warning')
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center gap-2.5 text-13">
        <StatusShape tone={TONES[step.status]} />
        <span
          className={cn('flex-1', step.status === 'failed' && 'font-medium', step.status === 'skipped' && 'text-muted')}
        >
          {step.title}
          <span className="sr-only"> {WORDS[step.status]}</span>
        </span>
        <span className="tabular text-12 text-muted">
          {step.status === 'skipped' ? 'skipped' : formatDuration(step.durationMs)}
        </span>
      </div>
      {isSaid && <p className="mt-0.5 ml-5.5 text-12 text-muted">The cause and what to do stand with its hosts.</p>}
      {step.detail && !open && !isSaid && <p className="mt-0.5 ml-5.5 break-words text-12 text-muted">{step.detail}</p>}
      {open && (
        <div className="mt-2 ml-5.5 space-y-2 text-13">
          {step.detail && <p className="break-words">{step.detail}</p>}
          {step.advice && (
            <p className="text-muted">
              <Advice>{step.advice}</Advice>
            </p>
          )}
          <ToHost step={step} host={host} />
          {step.command && (
            <div>
              <p className="mb-1 text-12 text-muted">To see it yourself, run on the host:</p>
              <CodeBlock text={step.command} label="Command" />
            </div>
          )}
        </div>
      )}
    </li>
  )
}

function summary(operation: OperationView): string {
  const outcome = outcomeOf(operation)
  const total = stepsOf(operation).reduce((sum, step) => sum + step.durationMs, 0)
  if (outcome?.success) return `Everything works. The test took ${formatDuration(total)}.`
  // The step itself says why, and what to try.
  const stopped = stepsOf(operation).find((step) => step.status === 'failed' && step.detail)
  if (stopped) return `The test stopped at "${stopped.title}".`
  if (outcome) return outcome.message || 'The test failed.'
  return 'The test ended without a result.'
}

/** Why there are no steps: what is wrong and what to do stand together. */
function Refusal({ error }: { error: NonNullable<OperationView['error']> }) {
  const cure = cureOf(error)
  return (
    <Note kind="critical" title={error.message} className="m-4">
      <p>
        {cure}
        <LearnMoreAfter advice={cure ?? error.message} />
      </p>
      <Evidence explanation={error.explanation} className="mt-1" />
    </Note>
  )
}

/** A test as it happens, step by step. */
export function TestResult({
  operationId,
  said = NONE,
}: {
  operationId: string
  /** Problems that stand beside it with their cure. */
  said?: ReadonlySet<string>
}) {
  const { data: operation, error } = useQuery(operationOne(operationId))
  if (error && !operation) return <ProblemNote error={error} className="m-4" />
  if (!operation) {
    return (
      <div className="space-y-3 p-4">
        <Skeleton className="h-4 w-3/5" />
        <Skeleton className="h-4 w-2/5" />
      </div>
    )
  }
  const running = isRunning(operation)
  const usage = outcomeOf(operation)?.usage
  const [host] = operation.hosts
  const refusal = !running && !outcomeOf(operation) ? operation.error : null
  return (
    <div aria-live="polite">
      <Where host={host} running={running} endedAt={operation.finished_at} />
      <ol className="divide-y divide-line">
        {stepsOf(operation).map((step) => (
          <StepRow key={step.id} step={step} host={host} isSaid={said.has(step.explanation?.id ?? '')} />
        ))}
        {running && (
          <li className="flex items-center gap-2.5 px-4 py-2.5 text-13 text-muted">
            <StatusShape tone="working" />
            {operation.status === 'queued' ? 'Waiting for the controller' : 'Next step'}
          </li>
        )}
      </ol>
      {refusal && <Refusal error={refusal} />}
      {!running && !refusal && (
        <div className="border-t border-line px-4 py-3 text-13">
          <p className="font-medium">{summary(operation)}</p>
          {usage && usage.usedBytes !== null && (
            <p className="mt-0.5 text-muted">
              <Bytes value={usage.usedBytes} /> used of <Bytes value={usage.totalBytes} />
            </p>
          )}
        </div>
      )}
    </div>
  )
}
