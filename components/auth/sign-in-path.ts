/** Never a real name: only what stays below it is a path of this console. */
const HERE = 'http://console.invalid'

/**
 * `path` as a browser understands it, when that is a place in this console; else the overview. Browsers drop tabs and line ends and
 * take a backslash for a slash, so the text itself says nothing.
 */
export function localPath(path: string | undefined): string {
  if (!path?.startsWith('/')) return '/'
  const url = URL.parse(path, HERE)
  if (url?.origin !== HERE || url.pathname.startsWith('//')) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}

/** The sign-in page for somebody whose session is over: it says so, and leads back to `path` afterwards. */
export function signInAgain(path: string): string {
  const query = new URLSearchParams({ reason: 'expired' })
  const next = localPath(path)
  if (next !== '/' && !next.startsWith('/sign-in')) query.set('next', next)
  return `/sign-in?${query}`
}
