import { createServer, type IncomingHttpHeaders } from 'node:http'
import { enableCompileCache } from 'node:module'
import next from 'next'
import { oidcClientSecret } from '@/lib/auth/oidc-settings'
import { sessionSecret } from '@/lib/auth/session-secret'
import { readEnv } from '@/lib/env'
import { problemOf } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'
import { createLog } from '@/lib/log'
import { guard, serverOptions } from '@/lib/server/guard'
import { behindProxy, WEB_LIMITS } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { logConsole } from '@/lib/web/console-log'
import { isPartOfUpload, refuseOdd, WEB_METHODS } from '@/lib/web/odd-requests'
import { isViewer, takeViewers } from '@/lib/web/upgrades'

/**
 * The web process: Next.js behind our own HTTP server, which sets the limits that `next start` leaves open and ends with its
 * parent. It is unprivileged: no agent credentials, no key that opens a secret.
 */
enableCompileCache()
const env = readEnv()
const log = createLog('web', env.logLevel)
const refusals = new Refusals(log)
const complaints = logConsole(log)
// What cannot be read is said at the start and not at the first sign-in.
try {
  if (env.oidc) oidcClientSecret(env.oidc)
  sessionSecret(env)
} catch (error) {
  log.error('web cannot start', { error })
  process.exit(1)
}

/** Headers by which a client could pretend to be Next's own inner requests. */
const INTERNAL_HEADERS = [
  'x-middleware-subrequest',
  'x-middleware-subrequest-id',
  'x-invoke-path',
  'x-now-route-matches',
]

/** Only a proxy in front of us may say for whom it asks; without one (no public URL is set) a client could only pretend. */
const PROXY_HEADERS = process.env.HOLDFAST_PUBLIC_URL
  ? []
  : ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

let isProxyNoted = false
/** Without a word here, nobody would know why one wrong password too many locks the sign-in of all. */
function noteProxy(headers: IncomingHttpHeaders): void {
  if (isProxyNoted || PROXY_HEADERS.length === 0 || headers['x-forwarded-for'] === undefined) return
  isProxyNoted = true
  log.warn(
    'requests come through a proxy, whose word is not taken: all people count as one address and share its sign-in limits; set HOLDFAST_PUBLIC_URL to the address of the console',
  )
}

// Next ends every WebSocket at the server that it first answers for; here it is given one that nobody reaches.
const app = next({
  dev: false,
  dir: process.cwd(),
  hostname: env.host,
  port: env.port,
  httpServer: createServer(),
})
const handle = app.getRequestHandler()
await app.prepare()

const limits = process.env.HOLDFAST_PUBLIC_URL ? behindProxy(WEB_LIMITS) : WEB_LIMITS
const screens = new AbortController()
const server = createServer(serverOptions(limits, isViewer))
guard(server, {
  limits,
  onRequest: (request, response) => {
    noteProxy(request.headers)
    if (refuseOdd(request, response, refusals)) return
    for (const name of [...INTERNAL_HEADERS, ...PROXY_HEADERS]) delete request.headers[name]
    handle(request, response).catch((error: unknown) => {
      log.error('request failed', { error })
      response.destroy()
    })
  },
  describe: (error) => ({
    type: 'application/problem+json',
    text: JSON.stringify(problemOf(error, newRequestId())),
  }),
  methods: WEB_METHODS,
  streams: isPartOfUpload,
  onUpgrade: takeViewers({ log, refusals, stop: screens.signal }),
  onRefused: (refusal, address) => refusals.note(refusal, address),
})

let stopping = false
function stop(): void {
  if (stopping) return
  stopping = true
  refusals.close()
  complaints.close()
  screens.abort()
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  // Event streams never end by themselves.
  setTimeout(() => server.closeAllConnections(), 500).unref()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)

server.listen(env.port, env.host, () => {
  log.info('web is listening', { url: env.publicUrl })
  process.send?.({ type: 'ready' })
})
server.on('error', (error) => {
  log.error('web cannot listen', { error })
  process.exit(1)
})
