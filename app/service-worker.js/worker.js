// Answers a page that cannot be loaded with one that says so. It keeps nothing: no page, no answer of the API, no code. Whatever the
// server sends goes to the browser as it is, so an update of Holdfast is there with the next page.

/** The page and its headers, written in by the route that serves this file. */
const OFFLINE = '{offline}'

/** A gateway in front of Holdfast says that nothing is behind it. Holdfast itself never answers a page like this. */
const NOT_BEHIND_GATEWAY = [502, 504]

self.addEventListener('install', () => self.skipWaiting())

self.addEventListener('activate', (event) => {
  // The browser asks the server while this script is being started, and nobody waits for it.
  event.waitUntil(Promise.all([self.clients.claim(), self.registration.navigationPreload?.enable()]))
})

async function pageOrOffline(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request))
    if (!NOT_BEHIND_GATEWAY.includes(answer.status)) return answer
  } catch {
    // No answer at all.
  }
  return new Response(OFFLINE.html, { status: 503, statusText: 'Service Unavailable', headers: OFFLINE.headers })
}

self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate' && event.request.method === 'GET') event.respondWith(pageOrOffline(event))
})
