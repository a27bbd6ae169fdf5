import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { z } from 'zod'
import { readPrivilege } from '@/agent/facts/host-facts'
import { DEFAULT_POLICY_FILE } from '@/agent/policy/policy'
import { HoldfastError } from '@/lib/errors'

export const DEFAULT_STATE_DIR = '/var/lib/holdfast-agent'
export const DEFAULT_RUN_DIR = '/run/holdfast-agent'
export const DEFAULT_PORT = 8443

/** `host:port`, `[v6]:port` or `:port` for every address. */
function parseListen(value: string): { host: string | undefined; port: number } | null {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(value)
  const port = Number(match?.[3])
  if (!match || port > 65_535 || (match[1] !== undefined && !isIPv6(match[1]))) return null
  return { host: match[1] ?? (match[2] || undefined), port }
}

/**
 * Two agents on one machine (tests, `npm start` beside a packaged agent) must not share sockets and secrets. In a user namespace
 * /run is not ours; the agent mounts a tmpfs inside its state directory there.
 */
function runDirFor(stateDir: string): string {
  if (readPrivilege() !== 'root') return `${stateDir}/run`
  return stateDir === DEFAULT_STATE_DIR
    ? DEFAULT_RUN_DIR
    : `${DEFAULT_RUN_DIR}-${hash('sha256', stateDir).slice(0, 12)}`
}

const AbsolutePath = z.string().regex(/^\/[^\0\n]*$/, 'must be an absolute path')

const Variables = z.object({
  HOLDFAST_AGENT_STATE_DIR: AbsolutePath.default(DEFAULT_STATE_DIR),
  HOLDFAST_AGENT_RUN_DIR: AbsolutePath.optional(),
  HOLDFAST_AGENT_POLICY: AbsolutePath.default(DEFAULT_POLICY_FILE),
  HOLDFAST_AGENT_LISTEN: z
    .string()
    .refine((value) => parseListen(value) !== null, 'must be host:port')
    .optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** Settings of the agent. A command-line option is written into the variable of the same meaning before this is read. */
export interface AgentEnv {
  /** State of a control plane on this machine, closed like the agent's own. */
  protectedPaths: readonly string[]
  /** Identity, journal, desired mounts. Local disk. */
  stateDir: string
  /** Secret files and sockets. tmpfs. */
  runDir: string
  policyFile: string
  /** Undefined: every address, on the port that was given when this host joined. */
  listen: { host: string | undefined; port: number } | undefined
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/**
 * Throws one `invalid_input` that lists every bad variable. An empty variable counts as unset. `protectedPaths` are of the command line
 * alone.
 */
export function readAgentEnv(source: NodeJS.ProcessEnv, protectedPaths: readonly string[] = []): AgentEnv {
  const given = Object.fromEntries(
    Object.entries(source).filter(([key, value]) => key in Variables.shape && value !== ''),
  )
  const parsed = Variables.safeParse(given)
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => ({ field: String(issue.path[0]), message: issue.message }))
    throw new HoldfastError('invalid_input', `${fields.map((f) => `${f.field} ${f.message}`).join('; ')}.`, { fields })
  }
  const odd = protectedPaths.find((path) => !AbsolutePath.safeParse(path).success)
  if (odd !== undefined) throw new HoldfastError('invalid_input', `--protect must be an absolute path, not ${odd}.`)
  const variables = parsed.data
  return {
    protectedPaths,
    stateDir: variables.HOLDFAST_AGENT_STATE_DIR,
    runDir: variables.HOLDFAST_AGENT_RUN_DIR ?? runDirFor(variables.HOLDFAST_AGENT_STATE_DIR),
    policyFile: variables.HOLDFAST_AGENT_POLICY,
    listen: (variables.HOLDFAST_AGENT_LISTEN && parseListen(variables.HOLDFAST_AGENT_LISTEN)) || undefined,
    logLevel: variables.HOLDFAST_LOG_LEVEL,
  }
}
