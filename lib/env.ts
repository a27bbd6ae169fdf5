import { homedir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { type OidcSettings, OidcVariables, oidcSettings, requireWholeOidc } from '@/lib/auth/oidc-settings'
import { splitValues } from '@/lib/comma-list'
import { HoldfastError } from '@/lib/errors'
import { isLocalNetwork } from '@/lib/networks'

const Port = z.coerce.number('must be a port number').int().min(1).max(65_535)

/** `127.0.0.1, 10.0.0.0/8` */
const LocalNetworks = z
  .string()
  .transform((text) => splitValues(text))
  .refine(
    (networks) => networks.every(isLocalNetwork),
    'may name only addresses that are closed by themselves, such as 127.0.0.1',
  )

const Settings = z.object({
  HOLDFAST_HOST: z.string().min(1).default('127.0.0.1'),
  HOLDFAST_PORT: Port.default(3000),
  HOLDFAST_STATE_DIR: z.string().startsWith('/', 'must be an absolute path').optional(),
  HOLDFAST_DATABASE_URL: z
    .string()
    .regex(/^(file:\/|postgres(ql)?:\/\/)/, 'must begin with file:/ or postgresql://')
    .optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  HOLDFAST_PUBLIC_URL: z.url('must be a URL such as https://storage.example.org').optional(),
  HOLDFAST_FLEET_PORT: Port.optional(),
  HOLDFAST_FLEET_HOST: z.string().min(1).optional(),
  HOLDFAST_FLEET_URL: z.url('must be a URL such as https://storage.example.org:3001').optional(),
  HOLDFAST_RELAY_HOST: z.string().min(1).default('127.0.0.1'),
  HOLDFAST_RELAY_PORT: Port.optional(),
  HOLDFAST_RELAY_URL: z.url('must be a URL such as https://controller.example.org:3005').optional(),
  HOLDFAST_NOTIFIER_NETWORKS: LocalNetworks.optional(),
  HOLDFAST_AGENT_PORT: Port.optional(),
  HOLDFAST_AUTH_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  HOLDFAST_CONTROLLER_DIR: z.string().startsWith('/', 'must be an absolute path').optional(),
  HOLDFAST_BUS_SOCKET: z.string().startsWith('/', 'must be an absolute path').optional(),
  HOLDFAST_RUNS_AS_ROOT: z.string().optional(),
  HOLDFAST_DEMO: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  ...OidcVariables,
})
const Variables = Settings.superRefine(requireWholeOidc)

/** Settings of the control plane, all from `HOLDFAST_*`. An empty variable counts as unset. */
export interface Env {
  host: string
  port: number
  /** Everything this installation keeps on disk. */
  stateDir: string
  databaseUrl: string
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** Where browsers reach the console. */
  publicUrl: string
  /** Signs session cookies; needed only when web processes on several machines share one installation. */
  authSecret: string | undefined
  /** The controller's own TLS port, which hosts use once, to enrol. */
  fleetHost: string
  fleetPort: number
  fleetUrl: string
  /**
   * Where the controller hands on files for web processes: this machine alone unless another address is set. Port 0: one that is free.
   * `url`: how web processes on other machines reach it, where host and port do not say so.
   */
  relay: { host: string; port: number; url: string | undefined }
  /** Local networks that messages about alerts may go to, such as a mail server on this machine. */
  notifierNetworks: readonly string[]
  /** Where the agent on this machine listens. */
  localAgentPort: number
  /** CA key, sealing key, client certificate: readable by the controller only. */
  controllerDir: string
  /** Unix socket on which the controller takes "look at the database" and gives "this changed". */
  busSocket: string
  /** Why this process has all rights of root under `npm start`; the supervisor says so. */
  runsAsRoot: string | undefined
  /** Hosts and storages are simulated (`npm run demo`): the console says so, and this machine is no host. */
  isDemo: boolean
  /** Single sign-on; undefined where people sign in with passwords alone. */
  oidc: OidcSettings | undefined
}

function defaultStateDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/holdfast'
  const xdg = process.env.XDG_DATA_HOME
  return path.join(xdg?.startsWith('/') ? xdg : path.join(homedir(), '.local/share'), 'holdfast')
}

/** A unix socket path has room for 107 bytes; a deep state directory gets a short name elsewhere. */
function socketPath(stateDir: string): string {
  const direct = path.join(stateDir, 'run', 'controller', 'bus.sock')
  if (Buffer.byteLength(direct) <= 100) return direct
  let hash = 0
  for (const char of stateDir) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0
  const uid = process.getuid?.() ?? 0
  return uid === 0 ? `/run/holdfast-${hash.toString(16)}/bus.sock` : `/tmp/holdfast-${uid}-${hash.toString(16)}.sock`
}

/** Throws one `invalid_input` that lists every bad variable at once. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const given = Object.fromEntries(
    Object.entries(source).filter(([key, value]) => key in Settings.shape && value !== ''),
  )
  const parsed = Variables.safeParse(given)
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => ({ field: String(issue.path[0]), message: issue.message }))
    throw new HoldfastError('invalid_input', fields.map((f) => `${f.field} ${f.message}`).join('; '), { fields })
  }
  const v = parsed.data
  const stateDir = v.HOLDFAST_STATE_DIR ?? defaultStateDir()
  const fleetPort = v.HOLDFAST_FLEET_PORT ?? v.HOLDFAST_PORT + 1
  const fleetHost = v.HOLDFAST_FLEET_HOST ?? v.HOLDFAST_HOST
  const named = (host: string) =>
    host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return {
    host: v.HOLDFAST_HOST,
    port: v.HOLDFAST_PORT,
    stateDir,
    databaseUrl: v.HOLDFAST_DATABASE_URL ?? `file:${path.join(stateDir, 'holdfast.db')}`,
    logLevel: v.HOLDFAST_LOG_LEVEL,
    publicUrl: v.HOLDFAST_PUBLIC_URL?.replace(/\/$/, '') ?? `http://${named(v.HOLDFAST_HOST)}:${v.HOLDFAST_PORT}`,
    authSecret: v.HOLDFAST_AUTH_SECRET,
    fleetHost,
    fleetPort,
    fleetUrl: v.HOLDFAST_FLEET_URL?.replace(/\/$/, '') ?? `https://${named(fleetHost)}:${fleetPort}`,
    relay: { host: v.HOLDFAST_RELAY_HOST, port: v.HOLDFAST_RELAY_PORT ?? 0, url: v.HOLDFAST_RELAY_URL },
    notifierNetworks: v.HOLDFAST_NOTIFIER_NETWORKS ?? [],
    localAgentPort: v.HOLDFAST_AGENT_PORT ?? v.HOLDFAST_PORT + 2,
    controllerDir: v.HOLDFAST_CONTROLLER_DIR ?? path.join(stateDir, 'controller'),
    busSocket: v.HOLDFAST_BUS_SOCKET ?? socketPath(stateDir),
    runsAsRoot: v.HOLDFAST_RUNS_AS_ROOT,
    isDemo: v.HOLDFAST_DEMO === '1',
    oidc: oidcSettings(v),
  }
}
