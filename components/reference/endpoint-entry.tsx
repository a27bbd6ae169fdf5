'use client'

import { Link2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type Endpoint, type OpenApi, refusalsOf, type Schema, typeOf } from '@/components/reference/open-api'
import { Refusals } from '@/components/reference/refusals'
import { SchemaView } from '@/components/reference/schema-view'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Badge } from '@/components/ui/status'

const METHOD_LOOK: Record<string, string> = {
  get: 'text-working',
  post: 'text-healthy',
  put: 'text-warning',
  patch: 'text-warning',
  delete: 'text-critical',
}

function curlOf({ method, path, operation }: Endpoint): string {
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} -H "Authorization: Bearer $TOKEN"`]
  if (operation.requestBody) lines.push('  -H "Content-Type: application/json" --data @body.json')
  lines.push(`  ${typeof window === 'undefined' ? '' : window.location.origin}${path}`)
  return lines.join(' \\\n')
}

function bodyOf(content: Record<string, { schema?: Schema }> | undefined) {
  return Object.values(content ?? {})[0]?.schema
}

function EndpointDetail({ endpoint, document }: { endpoint: Endpoint; document: OpenApi }) {
  const { operation } = endpoint
  const permission = operation['x-permission']
  const body = bodyOf(operation.requestBody?.content)
  return (
    <div className="space-y-5 border-t border-line px-4 py-4">
      <p className="text-13 text-muted">{operation.description ?? operation.summary}</p>
      {typeof permission === 'string' && (
        <p className="text-13 text-muted">
          Needs <Badge mono>{permission}</Badge>
        </p>
      )}
      {operation.parameters && operation.parameters.length > 0 && (
        <div>
          <h4 className="mb-1.5 text-13 font-medium">Parameters</h4>
          <ul className="divide-y divide-line rounded-md border border-line">
            {operation.parameters.map((parameter) => (
              <li
                key={`${parameter.in} ${parameter.name}`}
                className="flex flex-wrap items-baseline gap-x-2.5 px-3 py-2 text-12"
              >
                <span className="font-mono font-medium">{parameter.name}</span>
                <span className="text-faint">{parameter.in}</span>
                <span className="min-w-0 break-words font-mono text-muted">
                  {parameter.schema ? typeOf(parameter.schema, document) : 'string'}
                </span>
                {parameter.required && <span className="text-faint">required</span>}
                {parameter.description && <span className="text-muted">{parameter.description}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {body && (
        <div>
          <h4 className="mb-1.5 text-13 font-medium">Body</h4>
          <SchemaView schema={body} document={document} />
        </div>
      )}
      <div>
        <h4 className="mb-1.5 text-13 font-medium">Answers</h4>
        <ul className="space-y-3">
          {Object.entries(operation.responses ?? {})
            .filter(([status]) => status.startsWith('2'))
            .map(([status, response]) => {
              const schema = bodyOf(response.content)
              return (
                <li key={status} className="text-13">
                  <p className="mb-1">
                    <span className="tabular font-mono text-12 font-medium">{status}</span>{' '}
                    <span className="text-muted">{response.description}</span>
                  </p>
                  {schema && <SchemaView schema={schema} document={document} />}
                </li>
              )
            })}
        </ul>
      </div>
      <Refusals refusals={refusalsOf(endpoint, document)} />
      <CodeBlock text={curlOf(endpoint)} label="Command" />
    </div>
  )
}

/** One operation: a line that opens. `isLinked`: the address names it, so it is open and in view. */
export function EndpointEntry({
  endpoint,
  document,
  isLinked,
}: {
  endpoint: Endpoint
  document: OpenApi
  isLinked: boolean
}) {
  const [open, setOpen] = useState(isLinked)
  const line = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isLinked) return
    setOpen(true)
    line.current?.scrollIntoView({ block: 'start' })
    line.current?.focus({ preventScroll: true })
  }, [isLinked])
  return (
    <li id={endpoint.id} className="group/entry">
      <h3 className="flex items-center pr-2 hover:bg-hover">
        <button
          ref={line}
          type="button"
          aria-expanded={open}
          data-endpoint
          onClick={() => setOpen(!open)}
          className="grid min-w-0 flex-1 scroll-mt-16 grid-cols-[3.5rem_minmax(0,1fr)] items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 text-left text-13 focus-visible:-outline-offset-2"
        >
          <span className={cn('font-mono text-12 font-medium uppercase', METHOD_LOOK[endpoint.method])}>
            {endpoint.method}
          </span>
          <span className="min-w-0 break-all font-mono text-12">{endpoint.path}</span>
          <span className="col-start-2 min-w-0 break-words text-muted">{endpoint.operation.summary}</span>
        </button>
        <a
          href={`#${endpoint.id}`}
          aria-label={`Link to ${endpoint.method.toUpperCase()} ${endpoint.path}`}
          className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-faint opacity-0 hover:text-ink focus-visible:opacity-100 group-hover/entry:opacity-100 pointer-coarse:opacity-100"
        >
          <Link2 aria-hidden className="size-4" />
        </a>
      </h3>
      {open && <EndpointDetail endpoint={endpoint} document={document} />}
    </li>
  )
}
