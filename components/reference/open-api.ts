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
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>
  [extension: `x-${string}`]: unknown
}

export interface OpenApi {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

export interface Endpoint {
  id: string
  method: string
  path: string
  group: string
  operation: Operation
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** `storage/backends`, `hosts`: the first words of the path. */
function groupOf(path: string): string {
  const parts = path.replace(/^\/api\/v1\//, '').split('/')
  return parts[0] === 'storage' ? `storage ${parts[1] ?? ''}` : (parts[0] ?? '')
}

export function endpointsOf(document: OpenApi): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method]
      if (!operation) return []
      const group = operation.tags?.[0] ?? groupOf(path)
      return [{ id: `${method}-${path.replace(/[^a-z0-9]+/gi, '-')}`, method, path, group, operation }]
    }),
  )
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
