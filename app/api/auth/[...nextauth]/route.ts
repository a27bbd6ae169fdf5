import type { NextRequest } from 'next/server'
import nextAuth from 'next-auth'
import { knownDeviceCookie } from '@/lib/auth/known-device'
import { authOptions } from '@/lib/auth/next-auth-options'
import { forStrangers } from '@/lib/errors'
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

export { handle as GET, handle as POST }
