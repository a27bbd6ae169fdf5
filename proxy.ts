import { type NextRequest, NextResponse } from 'next/server'
import { PATH_HEADER } from '@/lib/http/path-header'

const COOKIES = ['__Host-holdfast.session', 'holdfast.session']
/** Pages that people without a session may see. */
const OPEN_PAGES = ['/sign-in', '/setup', '/reset-password']

/**
 * Scripts run only with the nonce of this answer; Next puts it on its own. Styles may be inline: the primitives that place
 * popovers and virtual rows set them.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/**
 * Sends people without a session cookie to the sign-in page, and gives every page its security policy. It decides nothing:
 * whether the cookie is any good, and what its owner may see, is checked by the services on every call.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl
  if (!OPEN_PAGES.includes(pathname) && !COOKIES.some((name) => request.cookies.has(name))) {
    const target = request.nextUrl.clone()
    target.pathname = '/sign-in'
    target.search = ''
    if (pathname !== '/') target.searchParams.set('next', `${pathname}${search}`)
    return NextResponse.redirect(target)
  }
  const policy = contentSecurityPolicy(Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64'))
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  headers.set(PATH_HEADER, `${pathname}${search}`)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

export const config = {
  matcher: ['/((?!api/|metrics$|_next/|favicon.ico|service-worker.js|.*\\.(?:png|svg|ico|webmanifest)$).*)'],
}
