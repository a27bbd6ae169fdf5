import type { Agent, AgentOptions, Server as HttpServer, RequestOptions } from 'node:http'
import type { AddressInfo, LookupFunction, Server } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * A network namespace for one daemon that speaks HTTP(S) only, where systemd does not filter its connections. It has nothing but a
 * loopback of its own, on which a proxy listens: the only way out, with a look at every address before it is connected to.
 */
export interface Cage {
  /** Networks that are not reached from in there. */
  closed: readonly string[]
  /** A server on the loopback of this machine, which Go programs go to without their proxy; so it is there in the cage too. */
  door: { host: string; port: number } | null
  /** The daemon listens on this port for its remote control; the socket leads there from outside. */
  control: { port: number; socket: string } | null
  programs: { unshare: string; nsenter: string; ip: string }
}

export interface OpenCage {
  /** Words before a command that make it run inside. */
  enter: string[]
  /** What the command needs in its environment to find the way out. */
  env: Record<string, string>
  /** Resolves when the keeper of the cage has ended, and nothing can be started in it any more. */
  gone: Promise<void>
  /** To be told who runs in it. */
  tell(daemon: { pid: number; startedAt: string }): void
  close(): void
}

/**
 * Runs inside the namespace, as a process of its own: makes the listeners, hands them to the supervisor outside (a socket stays in the
 * namespace in which it was made), and keeps the way to the remote control. It ends with the supervisor, and so does the daemon. Written to a file like the
 * supervisor, so it may use nothing from outside.
 */
export function keepCage({ door, control, programs }: Cage): void {
  const fs = process.getBuiltinModule('node:fs')
  const net = process.getBuiltinModule('node:net')
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { pipeline } = process.getBuiltinModule('node:stream')
  const fail = (what: string): never => {
    process.stderr.write(`holdfast: ${what}\n`)
    process.exit(1)
  }
  const handOver = (kind: 'proxy' | 'door', host: string, port: number): Promise<void> => {
    const server = net.createServer()
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        const message = { kind, port: (server.address() as AddressInfo).port }
        process.send?.(message, server, {}, () => {
          server.close()
          resolve()
        })
      })
    })
  }
  const keep = async (): Promise<void> => {
    const up = spawnSync(programs.ip, ['link', 'set', 'dev', 'lo', 'up'], { timeout: 10_000, encoding: 'utf8' })
    if (up.status !== 0) fail(`the loopback of the network namespace cannot be used: ${up.stderr}`)
    if (door !== null) {
      const hosts = door.host === 'localhost' ? ['127.0.0.1', '::1'] : [door.host]
      const made = await Promise.allSettled(hosts.map((host) => handOver('door', host, door.port)))
      if (made.every(({ status }) => status === 'rejected'))
        fail(`port ${door.port} cannot be offered in the namespace`)
    }
    await handOver('proxy', '127.0.0.1', 0)
    if (control === null) return
    process.umask(0o077)
    const relay = net.createServer({ allowHalfOpen: true }, (outer) => {
      const inner = net.connect({ host: '127.0.0.1', port: control.port, allowHalfOpen: true })
      pipeline(outer, inner, outer, () => {
        outer.destroy()
        inner.destroy()
      })
    })
    relay.listen(control.socket)
  }
  // Whoever killed the supervisor has taken the way out away: a daemon that hangs on is worth less than one that is seen to be dead.
  let daemon = { pid: 0, startedAt: '' }
  process.on('message', (message: typeof daemon) => {
    daemon = message
  })
  process.on('disconnect', () => {
    try {
      const stat = fs.readFileSync(`/proc/${daemon.pid}/stat`, 'utf8')
      if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === daemon.startedAt) process.kill(daemon.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
    process.exit(0)
  })
  keep().catch((error: Error) => fail(`the network namespace has no way out: ${error.message}`))
}

/** The ways out of a cage, none of which leads to a closed address. */
interface WaysOut {
  lookup: LookupFunction
  /** Of an address, which is not looked up. */
  judge(host: string): Error | null
  /** Leads a connection from inside to a place outside. */
  join(inner: Duplex, place: { host: string; port: number }, onOpen: () => void, onRefused: OnRefused): void
}
type OnRefused = (error: NodeJS.ErrnoException) => void

function waysOut(networks: readonly string[], log: number): WaysOut {
  const fs = process.getBuiltinModule('node:fs')
  const net = process.getBuiltinModule('node:net')
  const dns = process.getBuiltinModule('node:dns')
  const { pipeline } = process.getBuiltinModule('node:stream')

  const closed = new net.BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    closed.addSubnet(address, Number(prefix), net.isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  const isClosed = (address: string): boolean => {
    const plain = address.split('%')[0] ?? ''
    return closed.check(plain, net.isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
  const refusal = (host: string): Error => {
    const text = `the policy of this host denies connections to ${host}`
    fs.writeSync(log, `holdfast: ${text}\n`)
    return Object.assign(new Error(text), { code: 'EACCES' })
  }
  /** One closed address is enough: who answers for a name decides which of them is taken. The checked ones are connected to. */
  const lookup: LookupFunction = (name, options, answer) => {
    dns.lookup(name, { ...options, all: true }, (error, found) => {
      const [first] = found ?? []
      if (error || first === undefined) answer(error ?? new Error('no address'), '')
      else if (found.some(({ address }) => isClosed(address))) answer(refusal(name), '')
      else if (options.all) answer(null, found)
      else answer(null, first.address, first.family)
    })
  }
  const judge = (host: string): Error | null => (net.isIP(host) !== 0 && isClosed(host) ? refusal(host) : null)
  const join: WaysOut['join'] = (inner, place, onOpen, onRefused) => {
    const outer = net.connect({ ...place, lookup, allowHalfOpen: true })
    const fail = () => {
      inner.destroy()
      outer.destroy()
    }
    inner.on('error', fail)
    outer.once('error', onRefused)
    outer.once('connect', () => {
      outer.removeListener('error', onRefused)
      onOpen()
      pipeline(inner, outer, inner, fail)
    })
  }
  return { lookup, judge, join }
}

/** The proxy of a cage: passes on requests for `http://`, and tunnels what asks with CONNECT. */
function openProxy({ lookup, judge, join }: WaysOut): { proxy: HttpServer; agent: Agent } {
  const http = process.getBuiltinModule('node:http')
  const { pipeline } = process.getBuiltinModule('node:stream')
  const agent = new http.Agent({ keepAlive: true, lookup } as AgentOptions)
  const HOP = new Set(['connection', 'proxy-connection', 'proxy-authorization', 'keep-alive', 'transfer-encoding'])
  const passedOn = (raw: string[], also: string[] = []): string[] =>
    raw.flatMap((name, at) => {
      const isName = at % 2 === 0 && (!HOP.has(name.toLowerCase()) || also.includes(name.toLowerCase()))
      return isName ? [name, raw[at + 1] ?? ''] : []
    })
  const proxy = http.createServer((request, response) => {
    const text = request.url ?? ''
    const url = /^http:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null
    const host = url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? ''
    const answer = (status: number) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(status).end()
    }
    if (url === null) return answer(400)
    if (judge(host) !== null) return answer(403)
    const path = text.slice('http://'.length).replace(/^[^/?#]*/, '')
    const outgoing = http.request({
      agent,
      host,
      port: url.port === '' ? 80 : Number(url.port),
      method: request.method,
      // As it came, since a signature may be over it.
      path: path.startsWith('/') ? path : `/${path}`,
      headers: passedOn(request.rawHeaders, ['transfer-encoding']),
      setHost: false,
    } as RequestOptions)
    outgoing.once('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, passedOn(incoming.rawHeaders))
      pipeline(incoming, response, () => undefined)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => answer(error.code === 'EACCES' ? 403 : 502))
    pipeline(request, outgoing, () => undefined)
  })
  proxy.on('connect', (request, inner) => {
    const target = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(request.url ?? '')
    const host = target?.[1] ?? target?.[2] ?? ''
    const say = (status: string) => inner.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)
    if (target === null || judge(host) !== null) return say('403 Forbidden')
    const open = () => inner.write('HTTP/1.1 200 OK\r\n\r\n')
    join(inner, { host, port: Number(target[3]) }, open, ({ code }) =>
      say(code === 'EACCES' ? '403 Forbidden' : '502 Bad Gateway'),
    )
  })
  // Long uploads are no attack here.
  Object.assign(proxy, { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, timeout: 0 })
  return { proxy, agent }
}

/** In the supervisor, outside: makes the namespace and answers its proxy. Rejects when that is not possible. */
export function openCage(directory: string, cage: Cage, log: number): Promise<OpenCage> {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn } = process.getBuiltinModule('node:child_process')
  const ways = waysOut(cage.closed, log)
  const { proxy, agent } = openProxy(ways)
  const throughDoor = (inner: Duplex): void => {
    const refuse = () => void inner.destroy()
    if (cage.door === null || ways.judge(cage.door.host) !== null) refuse()
    else ways.join(inner, cage.door, () => undefined, refuse)
  }

  const servers: Server[] = []
  return new Promise((resolve, reject) => {
    fs.rmSync(cage.control?.socket ?? `${directory}/none`, { force: true })
    const keeper = spawn(cage.programs.unshare, ['--net', '--', process.execPath, `${directory}/cage.cjs`], {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } as unknown as NodeJS.ProcessEnv,
      stdio: ['ignore', log, log, 'ipc'],
    })
    const gone = new Promise<void>((settle) => keeper.once('exit', () => settle()))
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error('the network namespace of the daemon could not be made')))
    keeper.on('message', (message: { kind: 'proxy' | 'door'; port: number }, handle) => {
      const server = handle as Server
      servers.push(server)
      if (message.kind === 'door') {
        server.on('connection', throughDoor)
        return
      }
      server.on('connection', (socket) => proxy.emit('connection', socket))
      const way = `http://127.0.0.1:${message.port}`
      resolve({
        enter: [cage.programs.nsenter, `--net=/proc/${keeper.pid}/ns/net`, '--'],
        env: { HTTP_PROXY: way, HTTPS_PROXY: way },
        gone,
        tell: (daemon) => void (keeper.connected && keeper.send(daemon)),
        close() {
          keeper.kill('SIGKILL')
          for (const one of servers) one.close()
          agent.destroy()
        },
      })
    })
  })
}

/** What `openCage` uses, for the text of a program that calls it. */
export const CAGE_PARTS = [openCage, openProxy, waysOut] as const
