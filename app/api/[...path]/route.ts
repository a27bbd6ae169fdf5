import { HoldfastError } from '@/lib/errors'
import { problemResponse } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'

/** Every path under /api that is no route: an API client gets a problem, not a page. */
async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const detail = `There is no ${pathname} in this API; GET /api/v1/openapi.json lists what there is.`
  return problemResponse(new HoldfastError('not_found', detail), newRequestId())
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT }
