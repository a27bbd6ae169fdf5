'use client'

import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { type Endpoint, endpointsOf, type OpenApi, type Schema, typeOf } from '@/components/reference/open-api'
import { SchemaView } from '@/components/reference/schema-view'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Skeleton } from '@/components/ui/feedback'
import { Badge } from '@/components/ui/status'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

const METHOD_LOOK: Record<string, string> = {
  get: 'text-working',
  post: 'text-healthy',
  put: 'text-warning',
  patch: 'text-warning',
  delete: 'text-critical',
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
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
          {Object.entries(operation.responses ?? {}).map(([status, response]) => {
            const schema = bodyOf(response.content)
            return (
              <li key={status} className="text-13">
                <p className="mb-1">
                  <span className="tabular font-mono text-12 font-medium">{status}</span>{' '}
                  <span className="text-muted">{response.description}</span>
                </p>
                {schema && status.startsWith('2') && <SchemaView schema={schema} document={document} />}
              </li>
            )
          })}
        </ul>
      </div>
      <CodeBlock text={curlOf(endpoint)} label="Command" />
    </div>
  )
}

function EndpointEntry({ endpoint, document }: { endpoint: Endpoint; document: OpenApi }) {
  const [open, setOpen] = useState(false)
  return (
    <li>
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex w-full flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 text-left text-13 hover:bg-hover"
        >
          <span className={cn('w-14 font-mono text-12 font-medium uppercase', METHOD_LOOK[endpoint.method])}>
            {endpoint.method}
          </span>
          <span className="min-w-0 break-all font-mono text-12">{endpoint.path}</span>
          <span className="min-w-0 text-muted max-md:w-full md:ml-auto md:max-w-[50%] md:truncate">
            {endpoint.operation.summary}
          </span>
        </button>
      </h3>
      {open && <EndpointDetail endpoint={endpoint} document={document} />}
    </li>
  )
}

/** The API as its own description tells it. */
export function ApiReference() {
  const { data, error } = useQuery({
    queryKey: ['openapi'],
    queryFn: ({ signal }) => request<OpenApi>('/api/v1/openapi.json', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [query, setQuery] = useUrlParameter('q')
  const groups = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const endpoints = data ? endpointsOf(data) : []
    const found = endpoints.filter(({ method, path, operation }) => {
      const text = `${method} ${path} ${operation.summary ?? ''}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    return [...Map.groupBy(found, (endpoint) => endpoint.group)]
  }, [data, query])
  if (error) return <ProblemNote error={error} />
  if (!data) return <Skeleton className="h-64 w-full" />
  return (
    <div className="space-y-6">
      <label className="relative block max-w-sm">
        <span className="sr-only">Search the API</span>
        <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
        <input
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          placeholder="Search the API"
          className="h-8 w-full rounded-md border border-line-strong bg-surface pr-3 pl-8 text-13 hover:border-control"
        />
      </label>
      {groups.length === 0 && <p className="text-13 text-muted">Nothing matches.</p>}
      {groups.map(([group, endpoints]) => (
        <section key={group} aria-label={group}>
          <h2 className="mb-2 text-14 font-semibold">{capitalise(group)}</h2>
          <ul className="panel divide-y divide-line overflow-hidden">
            {endpoints.map((endpoint) => (
              <EndpointEntry key={endpoint.id} endpoint={endpoint} document={data} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
