import { z } from 'zod'
import { ROUTES } from '@/app/api/v1/openapi.json/route-list'
import { authorize } from '@/lib/auth/actor'
import { currentEnv } from '@/lib/current-env'
import { defineRoute, type Route } from '@/lib/http/define-route'
import { openApiDocument } from '@/lib/http/openapi'

let text: string | undefined

export const GET: Route = defineRoute({
  permission: 'api.read',
  summary: 'This description of the API, as OpenAPI 3.1.',
  response: z.looseObject({ openapi: z.string() }),
  handle: async ({ actor }) => {
    authorize(actor, 'api.read')
    text ??= JSON.stringify(openApiDocument({ ...ROUTES, '/api/v1/openapi.json': { GET } }, currentEnv().publicUrl))
    return new Response(text, { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } })
  },
})
