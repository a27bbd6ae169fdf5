import { setFlagsFromString } from 'node:v8'
import { type CommandLine, HELP, parseCommandLine } from '@/agent/cli/command-line'
import { AGENT_VERSION } from '@/agent/version'
import { endWithReader } from '@/lib/closed-reader'
import { HoldfastError } from '@/lib/errors'

// The agent idles nearly all of its life: memory matters more than speed. Set here, so that it holds however it is started, and
// before anything large is loaded. With `lean` it takes a tenth off the idle memory.
setFlagsFromString('--optimize-for-size')
setFlagsFromString('--max-semi-space-size=1')
// Code that did not run between two collections, which is most of what a start needs, is forgotten and compiled again when it is called.
setFlagsFromString('--bytecode-old-age=1')

/** Options that mean the same as a variable win over it. */
function environment(values: Omit<CommandLine, 'operands'>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(values['state-dir'] === undefined ? {} : { HOLDFAST_AGENT_STATE_DIR: values['state-dir'] }),
    ...(values.policy === undefined ? {} : { HOLDFAST_AGENT_POLICY: values.policy }),
    ...(values.listen === undefined ? {} : { HOLDFAST_AGENT_LISTEN: values.listen }),
  }
}

/** Every command is loaded only when it is asked for: what `run` does not need stays out of its memory. Returns the exit code. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args)
  const [command = 'run', ...operands] = positionals
  if (command !== 'run') endWithReader()
  if (values.help || command === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  if (values.version || command === 'version') {
    process.stdout.write(`${AGENT_VERSION}\n`)
    return 0
  }
  await import('@/agent/lean')
  const { readAgentEnv } = await import('@/agent/env')
  const env = readAgentEnv(environment(values), values.protect)
  const line: CommandLine = { ...values, operands }
  switch (command) {
    case 'run':
      return (await import('@/agent/run')).run(env)
    case 'join':
      return (await import('@/agent/cli/join')).join(env, line)
    case 'install':
      return (await import('@/agent/cli/install')).install(env, line)
    case 'uninstall':
      return (await import('@/agent/cli/install')).uninstall()
    case 'doctor':
      return (await import('@/agent/cli/doctor')).doctor(env)
    case 'status':
      return (await import('@/agent/cli/status')).status(env)
    case 'wait-mounts':
      return (await import('@/agent/cli/wait-mounts')).waitMounts(env, line)
    case 'release':
      return (await import('@/agent/cli/release')).release(env, line)
    case 'gate':
      return (await import('@/agent/cli/gate')).gate(env)
    case 'gate-container':
      return (await import('@/agent/cli/gate-container')).gateContainer(env, line)
    case 'gate-path':
      return (await import('@/agent/cli/gate-path')).gatePath(env, line)
    default:
      throw new HoldfastError('invalid_input', `There is no command ${command}. See holdfast-agent --help.`)
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exit(code)
  },
  (error: unknown) => {
    const isOurs = error instanceof HoldfastError
    process.stderr.write(`holdfast-agent: ${isOurs ? error.message : String((error as Error)?.stack ?? error)}\n`)
    process.exit(1)
  },
)
