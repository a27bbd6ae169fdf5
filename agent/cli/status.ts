import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import type { AgentEnv } from '@/agent/env'
import { compareClocks } from '@/agent/identity/clock'
import { readIdentity } from '@/agent/identity/identity'
import { readPolicy } from '@/agent/policy/policy'
import { AGENT_VERSION } from '@/agent/version'
import { HoldfastError } from '@/lib/errors'

function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: 2_000 })
  const end = (result: boolean) => {
    socket.destroy()
    resolve(result)
  }
  socket.once('connect', () => end(true))
  socket.once('error', () => end(false))
  socket.once('timeout', () => end(false))
  return promise
}

function policyLine(env: AgentEnv): string {
  try {
    const { mountRoots, sourceRoots } = readPolicy(env.policyFile)
    return `mounts below ${mountRoots.join(', ')}; local directories below ${sourceRoots.join(', ') || 'nowhere'}`
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.message
  }
}

/** Exit code 0: joined and answering. 3: not. */
export async function status(env: AgentEnv): Promise<number> {
  const say = (name: string, value: string) => process.stdout.write(`${name.padEnd(13)}${value}\n`)
  say('version', AGENT_VERSION)
  say('policy', policyLine(env))
  const identity = readIdentity(env.stateDir)
  if (identity === null) {
    say('fleet', 'this host has not joined; make a join token in the console under Hosts')
    return 3
  }
  const port = env.listen?.port ?? identity.port
  const isUp = await answers(env.listen?.host ?? '127.0.0.1', port)
  say('fleet', `${identity.controllerUrl} as ${identity.hostId}`)
  say('certificate', `valid until ${new X509Certificate(identity.certificate).validToDate.toISOString()}`)
  say('clock', (await compareClocks(identity)).words)
  say('agent', isUp ? `answers on port ${port}` : `does not answer on port ${port}`)
  return isUp ? 0 : 3
}
