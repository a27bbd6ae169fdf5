import { type NextRequest, NextResponse } from 'next/server'

const COOKIES = ['__Host-holdfast.session', 'holdfast.session']

/**
 * Sends people without a session cookie to the sign-in page. It decides nothing: whether the cookie is any good, and what its
 * owner may see, is checked by the services on every call.
 */
export function proxy(request: NextRequest): NextResponse {
  if (COOKIES.some((name) => request.cookies.has(name))) return NextResponse.next()
  const target = request.nextUrl.clone()
  target.pathname = '/sign-in'
  target.search = ''
  const from = `${request.nextUrl.pathname}${request.nextUrl.search}`
  if (from !== '/') target.searchParams.set('next', from)
  return NextResponse.redirect(target)
}

export const config = {
  matcher: ['/((?!api/|_next/|sign-in|setup|favicon.ico|.*\\.(?:png|svg|ico|webmanifest)$).*)'],
}
