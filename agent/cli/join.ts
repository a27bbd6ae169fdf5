import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { CommandLine } from '@/agent/cli/command-line'
import { type AgentEnv, DEFAULT_PORT } from '@/agent/env'
import { prepareStateDir, readIdentity, writeIdentity } from '@/agent/identity/identity'
import { joinFleet } from '@/agent/identity/join'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'

function readToken(operand: string): Secret {
  const text = operand === '-' ? readFileSync(0, 'utf8') : operand
  return new Secret(text.trim())
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new HoldfastError('invalid_input', `--port must be a number from 1 to 65535, not ${text}.`)
  }
  return port
}

/** A running agent notices the new identity by itself. */
export async function join(env: AgentEnv, line: CommandLine): Promise<number> {
  const [url, token, ...rest] = line.operands
  if (url === undefined || token === undefined || rest.length > 0) {
    throw new HoldfastError('invalid_input', 'Write: holdfast-agent join <url> <token> --ca <fingerprint>.')
  }
  if (line.ca === undefined) {
    throw new HoldfastError(
      'invalid_input',
      '--ca is missing: without the fingerprint this host cannot tell who answers.',
    )
  }
  prepareStateDir(env.stateDir)
  const before = readIdentity(env.stateDir)
  const identity = await joinFleet({
    url,
    token: readToken(token),
    fingerprint: line.ca,
    hostname: hostname(),
    port: readPort(line.port),
    ...(line.advertise === undefined ? {} : { advertise: line.advertise }),
  })
  writeIdentity(env.stateDir, identity)
  process.stdout.write(`This host has joined ${url} as ${identity.hostId}.\n`)
  if (before !== null) process.stdout.write(`It was ${before.hostId} before; remove that host in the console.\n`)
  return 0
}
