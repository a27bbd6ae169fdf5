/** The sign-in page for somebody whose session is over: it says so, and leads back to `path` afterwards. */
export function signInAgain(path: string): string {
  const query = new URLSearchParams({ reason: 'expired' })
  if (/^\/(?![/\\])/.test(path) && path !== '/' && !path.startsWith('/sign-in')) query.set('next', path)
  return `/sign-in?${query}`
}
