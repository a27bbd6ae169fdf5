import { parseArgs } from 'node:util'
import { HoldfastError } from '@/lib/errors'

export const HELP = `Usage: holdfast-agent <command>

  run                    Serve the controller of the fleet (the default)
    --listen <host:port>   Where to listen; default: every address, the port given at join
    --protect <path>       Of a control plane on this machine: nothing is mounted on it or bound from it (repeatable)
  join <url> <token>     Make this host a member of a fleet; "-" reads the token from standard input
    --ca <fingerprint>     sha256 of the fleet CA, as the console shows it (required)
    --port <port>          Port that the agent will listen on; default 8443
    --advertise <host[:port]>  How the controller should call this host, if not by the address it sees
  install                Install this agent as a systemd service
    --no-restart           The one that runs goes on; it is replaced when it starts next
  uninstall              Stop and remove the service; state and policy stay
  status                 Say whether this host has joined and the agent answers
  doctor                 Say what this machine lacks for which storage type
  wait-mounts            At boot: wait until every mount is up or has failed; the exit code is 0
    --at-most <seconds>    Default: 5
  release                At shutdown: unmount everything, by force what does not answer
    --hung                 Only what does not answer
  gate                   For the hook of libvirt: may the machine on standard input start? 0: yes; 1: no, with the reason
  gate-container <name> <file>  The same for the hook of LXC: with the configuration of the container
  gate-path <path>...    For ExecCondition= of systemd: are these directories of mounts there? 0: yes; 255: no, with the reason
  version

  --state-dir <directory>  Default: /var/lib/holdfast-agent
  --policy <file>          Default: /etc/holdfast/agent.json
`

const OPTIONS = {
  listen: { type: 'string' },
  ca: { type: 'string' },
  port: { type: 'string' },
  advertise: { type: 'string' },
  'at-most': { type: 'string' },
  hung: { type: 'boolean' },
  'no-restart': { type: 'boolean' },
  'state-dir': { type: 'string' },
  policy: { type: 'string' },
  protect: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

type Parsed = ReturnType<typeof parseCommandLine>
export type CommandLine = Parsed['values'] & { operands: string[] }

export function parseCommandLine(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : 'The command line is not valid'
    throw new HoldfastError('invalid_input', `${message}. See holdfast-agent --help.`, { cause: error })
  }
}
