import { copyIn } from '@/e2e/lab/copy.mjs'
import { bootAgain, stopGuest } from '@/e2e/lab/guests.mjs'
import { bootSecondHost, ready, readySecondHost, stopSecondHost } from '@/e2e/lab/snapshots.mjs'
import { copyOut, exec, reverseTunnel } from '@/e2e/lab/ssh.mjs'
import { type GuestName, portsOf } from '@/e2e/lab/state.mjs'
import { labFacts } from '@/e2e/support/lab-facts'

export interface ExecOptions {
  /** Sent on stdin. */
  input?: string | Uint8Array
  /** The command is killed in the guest after this many milliseconds; the exit code is then 137. */
  timeoutMs?: number
}

export interface ExecResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface Guest {
  readonly name: GuestName
  /** Its address on the lab segment, where the guests reach each other. */
  readonly address: string
  /** Loopback port of this machine that leads to port 22 of the guest. */
  readonly sshPort: number
  /** Loopback port of this machine that leads to port 8443 of the guest, where an agent listens. */
  readonly agentPort: number
  /** Runs a shell command line as root. Any exit code is an answer. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>
  /** Like `exec`, for commands that must succeed; resolves to stdout without the last line end. */
  ok(command: string, options?: ExecOptions): Promise<string>
  /** Copies a local file or folder into the guest, as the new path `remote`; 100 MB take some 10 s. */
  copy(local: string, remote: string): Promise<void>
  /** Copies a file or folder of the guest to this machine. */
  fetch(remote: string, local: string): Promise<void>
  /** Lets the guest reach a loopback port of this machine, at its own 127.0.0.1:<guestPort>. Closed by `lab.close()` too. */
  reverseTunnel(guestPort: number, localPort: number): Promise<() => Promise<void>>
  /** A clean restart of the guest's system; resolves when it answers ssh again. Tunnels into it are gone then. */
  reboot(): Promise<void>
  /** Takes the power away and gives it back: nothing is flushed, no service is stopped. */
  powerCycle(): Promise<void>
  startService(unit: string): Promise<void>
  stopService(unit: string): Promise<void>
  /** Makes a program look not installed until the returned function is called. */
  hideProgram(path: string): Promise<() => Promise<void>>
}

export interface ServersGuest extends Guest {
  /**
   * Drops every packet between the servers and the segment, or only those of the given TCP ports, in both directions.
   * Connections hang as with a pulled cable; nothing is refused.
   */
  blackhole(on: boolean, options?: { ports?: readonly number[] }): Promise<void>
}

export interface Lab {
  readonly servers: ServersGuest
  readonly host: Guest
  /** A second host, without an agent; started here, in some seconds once it was made. It lasts until the next `useLab`. */
  startSecondHost(): Promise<Guest>
  /** Pulls its plug. */
  stopSecondHost(): Promise<void>
  /** Boots it from its disk as it is; its ports on this machine are new ones. */
  bootSecondHost(): Promise<Guest>
  /** Closes what this handle opened (tunnels). The guests go on running; the next `useLab` resets them. */
  close(): Promise<void>
}

/** The units behind each server, for `servers.stopService(…)`. */
export const LAB_SERVICES = { nfs: 'nfs-server', s3: 'lab-s3', smb: 'smbd', http: 'nginx' } as const

/** See `useLab`. */
export interface PreparedLab {
  /** Name of the snapshot. */
  name: string
  /** Changes when it must be made anew, such as a hash of the agent's bundle. */
  inputs: string
  prepare(lab: Lab): Promise<void>
}

/**
 * Both guests in their provisioned state, whatever ran before: about 2 s when the snapshot exists, a few minutes when
 * image and snapshot must be made first. Call it in `beforeAll`, once per test file.
 * With `prepared`, the guests as its `prepare` left them; it runs once, and its result is kept as a snapshot too.
 * Tunnels do not survive in a snapshot.
 */
export async function useLab(prepared?: PreparedLab): Promise<Lab> {
  if (prepared === undefined) await ready()
  else {
    const prepare = async () => {
      const lab = openLab()
      await prepared.prepare(lab)
      await lab.close()
    }
    await ready({ ...prepared, prepare })
  }
  return openLab()
}

function openLab(): Lab {
  const open: (() => Promise<void>)[] = []
  const track = (close: () => Promise<void>) => {
    open.push(close)
    return close
  }
  const servers = makeGuest('servers', labFacts.servers.address, track)
  return {
    servers: { ...servers, blackhole: (on, options) => blackhole(servers, on, options?.ports) },
    host: makeGuest('host', labFacts.host.address, track),
    async startSecondHost() {
      await readySecondHost()
      return makeGuest('host2', labFacts.secondHost.address, track)
    },
    stopSecondHost,
    async bootSecondHost() {
      await bootSecondHost()
      return makeGuest('host2', labFacts.secondHost.address, track)
    },
    async close() {
      await Promise.all(open.splice(0).map((close) => close()))
    },
  }
}

function makeGuest(
  name: GuestName,
  address: string,
  track: (close: () => Promise<void>) => () => Promise<void>,
): Guest {
  const { ssh: sshPort, agent: agentPort } = portsOf(name)
  const ok = (command: string, options?: ExecOptions) => execOk(name, command, options)
  return {
    name,
    address,
    sshPort,
    agentPort,
    exec: (command, options) => exec(name, command, options),
    ok,
    copy: (local, remote) => copyIn(name, local, remote),
    fetch: (remote, local) => copyOut(name, remote, local),
    reverseTunnel: async (guestPort, localPort) => track(await reverseTunnel(name, guestPort, localPort)),
    async reboot() {
      await exec(name, 'systemctl reboot --no-block')
      await bootAgain(name)
    },
    async powerCycle() {
      await stopGuest(name)
      await bootAgain(name)
    },
    startService: async (unit) => void (await ok(`systemctl start ${unit}`)),
    stopService: async (unit) => void (await ok(`systemctl stop ${unit}`)),
    async hideProgram(path) {
      await ok(`mv ${path} ${path}.hidden`)
      return async () => void (await ok(`mv ${path}.hidden ${path}`))
    },
  }
}

async function execOk(name: GuestName, command: string, options?: ExecOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await exec(name, command, options)
  if (exitCode !== 0) throw new Error(`${name}: "${command}" ended with exit code ${exitCode}: ${stderr || stdout}`)
  return stdout.replace(/\n$/, '')
}

async function blackhole(servers: Guest, on: boolean, ports: readonly number[] | undefined): Promise<void> {
  const match = ports === undefined ? '' : `tcp %port { ${ports.join(', ')} } `
  const rules = on
    ? `add table inet blackhole
       flush table inet blackhole
       add chain inet blackhole in { type filter hook input priority -300; }
       add chain inet blackhole out { type filter hook output priority -300; }
       add rule inet blackhole in iifname "eth1" ${match.replace('%port', 'dport')}drop
       add rule inet blackhole out oifname "eth1" ${match.replace('%port', 'sport')}drop`
    : 'add table inet blackhole; delete table inet blackhole'
  await servers.ok('nft -f -', { input: rules })
}
