import { readFileSync } from 'node:fs'
import path from 'node:path'
import { offlinePage } from '@/app/service-worker.js/offline'

// Put together when Holdfast is built.
export const dynamic = 'force-static'

function source(name: string): string {
  return readFileSync(path.join(/* turbopackIgnore: true */ process.cwd(), 'app', name), 'utf8')
}

/** The worker in each browser that shows a page of ours while the server is away. */
export function GET(): Response {
  const page = offlinePage(source('service-worker.js/offline.html'), source('globals.css'))
  const script = source('service-worker.js/worker.js').replace("'{offline}'", () => JSON.stringify(page))
  return new Response(script, {
    headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' },
  })
}
