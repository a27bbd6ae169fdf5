import { watch } from 'node:fs'
import { createAgent } from '@/agent/agent'
import type { AgentEnv } from '@/agent/env'
import { readPrivilege } from '@/agent/facts/host-facts'
import { createCertificates } from '@/agent/identity/certificates'
import { type Identity, prepareStateDir, readIdentity } from '@/agent/identity/identity'
import { prepareNamespace } from '@/agent/namespace'
import { type Policy, readPolicy } from '@/agent/policy/policy'
import { type Listener, listen, type TlsMaterial } from '@/agent/server/listener'
import { createRouter } from '@/agent/server/router'
import { createTunnelServer } from '@/agent/server/tunnels'
import { installationOf } from '@/agent/update/installation'
import { createByteHandlers } from '@/agent/verbs/files'
import { createHandlers } from '@/agent/verbs/handlers'
import { createTunnelHandlers } from '@/agent/verbs/screens'
import { AGENT_VERSION } from '@/agent/version'
import { createLog, type Log } from '@/lib/log'

const STOP_GRACE_MS = 3_000
const NOT_ROOT =
  'this agent is not root: it can look at storage over the network and mount nothing; start it as root, or in a namespace of its own with: unshare --user --map-root-user --mount holdfast-agent run'

function tlsMaterial(identity: Identity): TlsMaterial {
  const { key, certificate, authorities, controllerIdentity } = identity
  return { key, certificate, authorities, controllerIdentity }
}

/** Resolves when the agent is asked to stop: a signal, or the end of the process that started it. */
function whenAskedToStop(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  process.once('SIGTERM', () => resolve('SIGTERM'))
  process.once('SIGINT', () => resolve('SIGINT'))
  if (process.connected) process.once('disconnect', () => resolve('the supervisor has gone'))
  return promise
}

/** Calls back when somebody has joined this host (again). A file that is half written, or damaged, changes nothing. */
function onIdentityChange(stateDir: string, log: Log, callback: (identity: Identity) => void): () => void {
  const watcher = watch(stateDir, (_event, file) => {
    if (file !== 'identity.json') return
    try {
      const identity = readIdentity(stateDir)
      if (identity) callback(identity)
    } catch (error) {
      log.warn('the identity of this host has changed and cannot be read', { error })
    }
  })
  return () => watcher.close()
}

/** Until somebody joins this host there is nobody to serve. */
async function waitForIdentity(stateDir: string, stopped: Promise<string>, log: Log): Promise<Identity | null> {
  const existing = readIdentity(stateDir)
  if (existing) return existing
  log.info('this host has not joined a fleet; waiting for "holdfast-agent join"')
  const { promise, resolve } = Promise.withResolvers<Identity | null>()
  const close = onIdentityChange(stateDir, log, resolve)
  // It may have been written between the first look and the watch.
  const again = readIdentity(stateDir)
  if (again) resolve(again)
  void stopped.then(() => resolve(null))
  const identity = await promise
  close()
  return identity
}

/** The policy in force. SIGHUP reads it again; a file with a mistake leaves the last good one in force, and says so. */
function followPolicy(env: AgentEnv, log: Log): () => Policy {
  const own = [...env.protectedPaths, env.stateDir, env.runDir]
  let policy = readPolicy(env.policyFile, own)
  process.on('SIGHUP', () => {
    try {
      policy = readPolicy(env.policyFile, own)
      log.info('policy read again', {
        mountRoots: policy.mountRoots,
        sourceRoots: policy.sourceRoots,
        drivers: policy.drivers,
        networks: policy.networks,
      })
    } catch (error) {
      log.error('policy not changed', { error })
    }
  })
  return () => policy
}

/** A supervisor that has gone in the meantime is noticed elsewhere; here it must not be an error. */
function tellReady(): void {
  if (process.connected) process.send?.({ type: 'ready' }, undefined, {}, () => {})
}

/** The agent as a service. Returns when it has been asked to stop and every answer is out; mounts and their daemons stay. */
export async function run(env: AgentEnv): Promise<number> {
  const log = createLog('agent', env.logLevel)
  const stopped = whenAskedToStop()
  prepareStateDir(env.stateDir)
  const policy = followPolicy(env, log)
  const identity = await waitForIdentity(env.stateDir, stopped, log)
  if (identity === null) return 0

  let listener: Listener | undefined
  const certificates = createCertificates(env.stateDir, identity, (next) => {
    listener?.replaceTls(tlsMaterial(next))
    log.info('certificate renewed', certificates.current())
  })
  const privilege = readPrivilege()
  if (privilege === 'namespace') await prepareNamespace(policy().mountRoots, log)
  if (privilege === 'none') log.warn(NOT_ROOT)
  const ownPort = env.listen?.port ?? identity.port
  const { promise: updated, resolve: restart } = Promise.withResolvers<string>()
  const installation = installationOf({
    env,
    controllerUrl: identity.controllerUrl,
    authorities: () => readIdentity(env.stateDir)?.authorities ?? identity.authorities,
    restart: () => restart('another version of this agent was installed'),
  })
  const agent = await createAgent({ env, hostId: identity.hostId, policy, certificates, log, ownPort, installation })
  const stop = new AbortController()
  listener = await listen({
    host: env.listen?.host,
    port: ownPort,
    tls: tlsMaterial(identity),
    log,
    onRequest: createRouter({
      handlers: createHandlers(agent),
      bytes: createByteHandlers(agent),
      log,
      stop: stop.signal,
    }),
    onUpgrade: createTunnelServer({ handlers: createTunnelHandlers(agent), log, stop: stop.signal }),
  })
  const { promise: replaced, resolve: onReplaced } = Promise.withResolvers<string>()
  const unwatch = onIdentityChange(env.stateDir, log, (next) => {
    if (next.hostId !== identity.hostId) onReplaced('this host has joined again')
  })
  log.info('agent is listening', { port: listener.port, hostId: identity.hostId, version: AGENT_VERSION })
  tellReady()

  const reason = await Promise.race([stopped, replaced, updated])
  log.info('agent stops', { reason })
  unwatch()
  stop.abort()
  await listener.close(STOP_GRACE_MS)
  await agent.close()
  return 0
}
