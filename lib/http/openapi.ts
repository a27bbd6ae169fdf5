import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { AlertDetail, AlertView } from '@/lib/alerts/schema'
import { CauseView } from '@/lib/attention/schema'
import { AuditView } from '@/lib/audit/schema'
import { BackendView } from '@/lib/backends/schema'
import { ERROR_CODES } from '@/lib/errors'
import { HostRow, HostView } from '@/lib/hosts/schema'
import type { Route, RouteDeclaration } from '@/lib/http/define-route'
import { Problem } from '@/lib/http/envelope'
import { ALIASES, inReadingOrder, TAGS, tagOf } from '@/lib/http/openapi-tags'
import { refusalsOf } from '@/lib/http/problem-answers'
import { MountView } from '@/lib/mounts/schema'
import { OperationRow, OperationView } from '@/lib/operations/schema'
import { SessionView, TokenView, UserView } from '@/lib/users/schema'
import { SavedViewView } from '@/lib/views/schema'

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type HttpMethod = (typeof HTTP_METHODS)[number]

/** A module `route.ts` as Next sees it. */
export type RouteModule = Partial<Record<HttpMethod, Route>>

/** Schemas that the document names once and refers to. */
const NAMED = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries({
  Backend: BackendView,
  Mount: MountView,
  HostRow,
  Host: HostView,
  OperationRow,
  Operation: OperationView,
  User: UserView,
  Token: TokenView,
  Session: SessionView,
  AuditEntry: AuditView,
  SavedView: SavedViewView,
  Cause: CauseView,
  Alert: AlertView,
  AlertDetail,
  Problem,
})) {
  NAMED.add(schema, { id })
}

type Json = Record<string, unknown>

/** A JSON schema whose `$defs` have moved to the document's components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const { $schema, $defs, ...made } = z.toJSONSchema(schema, { io, metadata: NAMED, unrepresentable: 'any' })
  for (const [id, definition] of Object.entries($defs ?? {})) components[id] ??= hoisted(definition)
  return hoisted(made)
}

function hoisted(schema: unknown): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  const { id: _id, ...rest } = JSON.parse(text) as Json
  return rest
}

function parametersOf(path: string, declaration: RouteDeclaration, method: HttpMethod, components: Json): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = declaration.query ? jsonSchema(declaration.query, 'input', components) : {}
  const required = new Set(query.required as string[] | undefined)
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, Json>).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.has(name),
    // Values of a list are separated by commas.
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema,
  }))
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  })
  const headers = [
    ...(method === 'GET' ? [] : [header('Idempotency-Key', 'Carry this request out once, however often it is sent.')]),
    ...(method === 'PATCH' ? [header('If-Match', 'The ETag that the change is based on.')] : []),
    ...(declaration.takesPlan
      ? [header('Holdfast-Plan', 'The plan of this change: refused when it is no longer true.')]
      : []),
    ...(declaration.alsoAnswers?.[202] ? [header('Prefer', 'wait=N (seconds, at most 30) or respond-async.')] : []),
  ]
  return [...inPath, ...inQuery, ...headers]
}

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

/** "NotFound" for 404. One status is of tus alone. */
function nameOf(status: number): string {
  return (STATUS_CODES[status] ?? (status === 460 ? 'Checksum Mismatch' : String(status))).replaceAll(/[^A-Za-z]/g, '')
}

/** Every refusal once, with the codes that tell what it means and what to do next. */
function problemAnswers(used: ReadonlySet<string>): Json {
  const byStatus = Map.groupBy(Object.entries(ERROR_CODES), ([, { status }]) => status)
  const named = [...byStatus]
    .filter(([status]) => status < 500 && used.has(String(status)))
    .map(([status, codes]) => {
      const lines = codes.map(([code, { recovery }]) => `- \`${code}\`: ${recovery}`)
      return [nameOf(status), { description: `One of these codes:\n\n${lines.join('\n')}`, content: PROBLEM }]
    })
  return {
    ...Object.fromEntries(named),
    Problem: { description: 'A failure: what went wrong, and what to do next.', content: PROBLEM },
  }
}

function operationOf(path: string, method: HttpMethod, declaration: RouteDeclaration, components: Json): Json {
  const { permission, mediaType = 'application/json' } = declaration
  const answer = jsonSchema(declaration.response, 'output', components)
  const content = { [mediaType]: { schema: answer } }
  const body = declaration.describedBody ?? declaration.body
  const parameters = parametersOf(path, declaration, method, components)
  const also = Object.entries(declaration.alsoAnswers ?? {}).map(([status, description]) => [
    status,
    { description, content },
  ])
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(\w)?/g, (_whole, next: string | undefined) => next?.toUpperCase() ?? '')}`,
    summary: declaration.summary,
    tags: [tagOf(path)],
    ...(permission === 'public' ? { security: [] } : { 'x-permission': permission }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? { requestBody: { content: { 'application/json': { schema: jsonSchema(body, 'input', components) } } } }
      : {}),
    ...(declaration.takesBytes
      ? { requestBody: { content: { [declaration.takesBytes]: { schema: { type: 'string', format: 'binary' } } } } }
      : {}),
    responses: {
      [String(declaration.status ?? 200)]: { description: 'Success', content },
      ...Object.fromEntries(also),
      ...Object.fromEntries(
        refusalsOf(method, declaration).map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
      ),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

/** OpenAPI 3.1 from the declarations. `modules` is keyed by URL path, parameters as `{id}`. */
export function openApiDocument(modules: Readonly<Record<string, RouteModule>>, serverUrl: string): Json {
  const schemas: Json = { Problem: hoisted(z.toJSONSchema(Problem, { io: 'output' })) }
  const paths: Record<string, Json> = {}
  for (const path of inReadingOrder(Object.keys(modules))) {
    const item: Json = {}
    for (const method of HTTP_METHODS) {
      const route = modules[path]?.[method]
      if (route) item[method.toLowerCase()] = operationOf(path, method, route.declaration, schemas)
    }
    paths[path] = item
  }
  const used = new Set(
    Object.values(paths).flatMap((item) =>
      Object.values(item as Record<string, { responses: object }>).flatMap(({ responses }) => Object.keys(responses)),
    ),
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      version: 'v1',
      description:
        'Storage for a fleet of Linux hosts. Answers are {data, message?}, lists {data, total, nextCursor?}, failures application/problem+json.',
    },
    servers: [{ url: serverUrl }],
    security: [{ token: [] }, { session: [] }],
    tags: [...TAGS, ALIASES],
    paths,
    components: {
      schemas,
      responses: problemAnswers(used),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token (hf_…).' },
        session: { type: 'apiKey', in: 'cookie', name: 'holdfast.session', description: 'A signed-in browser.' },
      },
    },
  }
}
