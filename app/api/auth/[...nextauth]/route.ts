import type { NextRequest } from 'next/server'
import nextAuth from 'next-auth'
import { knownDeviceCookie } from '@/lib/auth/known-device'
import { authOptions } from '@/lib/auth/next-auth-options'
import { OIDC_PROVIDER } from '@/lib/auth/oidc-provider'
import { forStrangers, HoldfastError } from '@/lib/errors'
import { problemResponse } from '@/lib/http/problem'
import { checkOrigin, newRequestId } from '@/lib/http/request'
import { type Runtime, runtime } from '@/lib/http/runtime'

interface Context {
  params: Promise<{ nextauth: string[] }>
}

/** next-auth's own routes: sign-in, sign-out, CSRF token. The rest of the API is declared with `defineRoute`. */
async function handle(request: NextRequest, context: Context): Promise<Response> {
  let web: Runtime
  try {
    web = await runtime()
    if (request.method === 'POST') checkOrigin(request, web.env.publicUrl)
    else await requireReadable(context)
  } catch (error) {
    return problemResponse(forStrangers(error), newRequestId())
  }
  let account: string | undefined
  const options = authOptions(web, request.headers, (name) => {
    account = name
  })
  const response = (await nextAuth(request, context, options)) as Response
  if (account !== undefined) response.headers.append('Set-Cookie', knownDeviceCookie(account, web.env))
  return response
}

/** Only single sign-on comes back with a GET; for the others next-auth says 500. Throws `not_found`. */
async function requireReadable({ params }: Context): Promise<void> {
  const [action, provider] = (await params).nextauth
  if (action !== 'callback' || provider === OIDC_PROVIDER) return
  throw new HoldfastError('not_found', 'There is nothing to read here.')
}

export { handle as GET, handle as POST }
