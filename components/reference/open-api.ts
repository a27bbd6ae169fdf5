/** The parts of an OpenAPI 3.1 document that the reference shows. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  additionalProperties?: boolean | Schema
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

export interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}

export interface Operation {
  summary?: string
  description?: string
  operationId?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, Response>
  [extension: `x-${string}`]: unknown
}

export interface Response {
  $ref?: string
  description?: string
  content?: Record<string, { schema?: Schema }>
}

export interface OpenApi {
  info: { title: string; version: string; description?: string }
  tags?: { name: string; description?: string }[]
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema>; responses?: Record<string, Response> }
}

export interface Endpoint {
  id: string
  method: string
  path: string
  group: string
  operation: Operation
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** In the order of the document. */
export function endpointsOf(document: OpenApi): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method]
      if (!operation) return []
      const id = operation.operationId ?? `${method}-${path.replace(/[^a-z0-9]+/gi, '-')}`
      return [{ id, method, path, group: operation.tags?.[0] ?? 'api', operation }]
    }),
  )
}

/** What all the words are in: method, path, what it does, its group and its name in clients. */
export function matches({ id, method, path, group, operation }: Endpoint, query: string): boolean {
  const text = `${method} ${path} ${operation.summary ?? ''} ${group} ${id}`.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

export interface Refusal {
  status: string
  /** What it means, by the code in the answer. */
  codes: { code: string; recovery: string }[]
}

/** A line of the description of a refusal, as `lib/http/openapi.ts` writes it. */
const CODE_LINE = /^- `([^`]+)`: (.*)$/gm

/** How an operation may be refused, in words. */
export function refusalsOf({ operation }: Endpoint, document: OpenApi): Refusal[] {
  return Object.entries(operation.responses ?? {})
    .filter(([status]) => status.startsWith('4'))
    .map(([status, response]) => {
      const { description = '' } = responseOf(response, document)
      const codes = [...description.matchAll(CODE_LINE)].map(([, code = '', recovery = '']) => ({ code, recovery }))
      return { status, codes }
    })
}

function responseOf(response: Response, document: OpenApi): Response {
  const name = response.$ref?.split('/').at(-1)
  return name === undefined ? response : (document.components?.responses?.[name] ?? {})
}

/** Follows one reference; a name that is not there gives an empty schema. */
export function resolve(schema: Schema, document: OpenApi): { schema: Schema; name: string | null } {
  if (!schema.$ref) return { schema, name: null }
  const name = schema.$ref.split('/').at(-1) ?? ''
  return { schema: document.components?.schemas?.[name] ?? {}, name }
}

/** `string`, `integer | null`, `Backend[]`: a type in few words. */
export function typeOf(schema: Schema, document: OpenApi): string {
  const { schema: target, name } = resolve(schema, document)
  if (name) return name
  const union = target.anyOf ?? target.oneOf
  if (union) return union.map((member) => typeOf(member, document)).join(' | ')
  if (target.const !== undefined) return JSON.stringify(target.const)
  if (target.enum) return target.enum.map((value) => JSON.stringify(value)).join(' | ')
  const type = Array.isArray(target.type) ? target.type.join(' | ') : (target.type ?? 'any')
  if (type === 'array') return `${target.items ? typeOf(target.items, document) : 'any'}[]`
  return target.format ? `${type} (${target.format})` : type
}
