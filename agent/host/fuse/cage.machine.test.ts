import { spawn, spawnSync } from 'node:child_process'
import dns from 'node:dns'
import { chmodSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { isAlive } from '@/agent/host/exec/processes'
import { Runner } from '@/agent/host/exec/run'
import { RuntimeDirectory } from '@/agent/host/files/runtime-directory'
import { type MountContext, mountsAt } from '@/agent/host/mounting/mounts'
import { Prober } from '@/agent/host/mounting/probe'
import { supervisorServices } from '@/agent/host/services/services'
import { authorization } from '@/lib/drivers/http/client'
import { HttpConfig } from '@/lib/drivers/http/config'
import { httpDaemon } from '@/lib/drivers/http/rclone'
import { S3Config } from '@/lib/drivers/s3/config'
import { rcloneDaemon } from '@/lib/drivers/s3/daemon'
import { closedNetworks } from '@/lib/networks'
import { Secret } from '@/lib/secret'
import { ANY_SOURCE, placesBelow } from '@/testing/agent/places'
import { createTestAuthority, SERVER_AUTH } from '@/testing/certificates'
import { FakeHost } from '@/testing/drivers/fake-host'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { newRecording, recordingContext } from '@/testing/drivers/recording'
import { keepCage, type OpenCage, openCage } from './cage'
import { FuseDaemons } from './daemons'

/**
 * 127.0.0.5 stands for storage, and is open; what is behind the rest of loopback must not be reached. `127.0.5` is another spelling of
 * it, which Go programs take for a name and ask their proxy for.
 */
const STORAGE = '127.0.0.5'
const SPELLED = '127.0.5'
const CLOSED = closedNetworks({ opened: [`${STORAGE}/32`], denied: [] })
const LIMITS = { closedNetworks: CLOSED, allowsUnfilteredDaemons: false }

const servers: Server[] = []
/** Connections that something took which nobody should have reached. */
let trapped = 0
let trapPort = 0
let place: string
const context: MountContext = {
  runner: new Runner(),
  prober: new Prober(),
  sources: ANY_SOURCE,
  checkAddress: () => undefined,
}

async function listen(server: Server, host: string, port = 0): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  const trap = createServer((_request, response) => response.end('a secret of the host'))
  trap.on('connection', () => trapped++)
  trapPort = await listen(trap, '0.0.0.0')
  const sixth = createServer((_request, response) => response.end('a secret of the host'))
  sixth.on('connection', () => trapped++)
  await listen(sixth, '::1', trapPort)
})
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})
beforeEach(() => {
  trapped = 0
  place = mkdtempSync('/srv/holdfast-cage-')
  chmodSync(place, 0o755)
})
afterEach(() => {
  vi.restoreAllMocks()
  spawnSync('chattr', ['-R', '-f', '-i', place])
  rmSync(place, { recursive: true })
})

describe('the way out of a cage', () => {
  let cage: OpenCage
  let log: string

  beforeEach(async () => {
    const given = {
      closed: CLOSED,
      door: null,
      control: null,
      programs: { unshare: '/usr/bin/unshare', nsenter: '/usr/bin/nsenter', ip: '/usr/sbin/ip' },
    }
    log = join(place, 'log')
    writeFileSync(join(place, 'cage.cjs'), `(${keepCage.toString()})(${JSON.stringify(given)})`)
    cage = await openCage(place, given, openSync(log, 'a'))
  })
  afterEach(() => cage.close())

  /** What curl in the cage gets: a status, and what it was told. `direct`: past the proxy, as Go does for loopback. */
  function ask(url: string, ...more: string[]): Promise<string> {
    const [program = '', ...words] = [
      ...cage.enter,
      'curl',
      '-s',
      '-k',
      '-g',
      '-m',
      '10',
      '-w',
      ' %{http_code} %{http_connect}',
    ]
    const way = more.includes('direct') ? ['--noproxy', '*'] : ['-x', cage.env.HTTP_PROXY ?? '']
    const args = [...words, ...way, ...more.filter((word) => word !== 'direct'), url]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    return new Promise((resolve) => child.once('close', () => resolve(said)))
  }

  /** Answers of the resolver, one after the other; the last one stays. */
  function resolver(answers: Record<string, string[][]>): void {
    const real = dns.lookup
    const fake = (
      name: string,
      options: dns.LookupAllOptions,
      answer: (error: Error | null, found: dns.LookupAddress[]) => void,
    ) => {
      const [now, ...later] = answers[name] ?? []
      if (now === undefined) return real(name, options, answer)
      if (later.length > 0) answers[name] = later
      answer(
        null,
        now.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
    vi.spyOn(dns, 'lookup').mockImplementation(fake as never)
  }

  const storage: RequestListener = (request, response) => {
    let got = ''
    request.on('data', (chunk: Buffer) => {
      got += chunk.toString()
    })
    request.on('end', () => response.end(`${request.method} ${request.url} ${request.headers.host} ${got}`))
  }

  it('leads to storage, with what was asked unchanged, by HTTP and by HTTPS', async () => {
    const port = await listen(createServer(storage), STORAGE)
    resolver({ 'nas.example.com': [[STORAGE]] })
    const url = `http://nas.example.com:${port}/a%2Fb/%20c?list-type=2&x=%7E`
    expect(await ask(url)).toBe(`GET /a%2Fb/%20c?list-type=2&x=%7E nas.example.com:${port}  200 000`)
    expect(await ask(url, '-X', 'PUT', '-H', 'Expect:', '-d', 'body')).toContain(`nas.example.com:${port} body 200`)
    const { certificate, key } = await (await createTestAuthority()).issue({
      names: [{ type: 'ip', value: STORAGE }],
      usages: [SERVER_AUTH],
    })
    const tlsPort = await listen(createTlsServer({ cert: certificate, key }, storage), STORAGE)
    expect(await ask(`https://nas.example.com:${tlsPort}/x`)).toBe(`GET /x nas.example.com:${tlsPort}  200 200`)
    expect(await ask(`https://${STORAGE}:${tlsPort}/x`)).toContain(' 200 200')
    expect(trapped).toBe(0)
  })

  const SPELLINGS = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    'localhost',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::1]',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '224.0.0.1',
    '255.255.255.255',
  ]
  it.each(SPELLINGS)('does not lead to %s', async (host) => {
    expect(await ask(`http://${host}:${trapPort}/`)).toMatch(/^ (?:403|000) 000$/)
    expect(await ask(`https://${host}:${trapPort}/`)).toMatch(/^ 000 (?:403|000)$/)
    expect(await ask(`http://${host}:${trapPort}/`, 'direct')).toBe(' 000 000')
    expect(trapped).toBe(0)
  })

  it.each([
    ['a closed address', ['127.0.0.1']],
    ['a closed one among others', [STORAGE, '127.0.0.1']],
    ['a closed one in disguise', [STORAGE, '::ffff:127.0.0.1']],
  ])('does not follow a name that leads to %s', async (_what, addresses) => {
    resolver({ 'nas.example.com': [addresses] })
    expect(await ask(`http://nas.example.com:${trapPort}/`)).toBe(' 403 000')
    expect(await ask(`https://nas.example.com:${trapPort}/`)).not.toMatch(/200/)
    expect(trapped).toBe(0)
    expect(readFileSync(log, 'utf8')).toContain('the policy of this host denies connections to nas.example.com')
  })

  it('connects to the address that it looked at, though the name says another a moment later', async () => {
    const port = await listen(createServer(storage), STORAGE)
    const answers = [[STORAGE], ['127.0.0.1']]
    resolver({ 'nas.example.com': answers, 'tls.example.com': answers })
    expect(await ask(`http://nas.example.com:${port}/one`)).toContain('GET /one')
    // A new connection is looked at anew.
    expect(await ask(`http://nas.example.com:${trapPort}/two`)).toBe(' 403 000')
    expect(await ask(`https://tls.example.com:${port}/`)).toBe(' 000 200')
    expect(await ask(`https://tls.example.com:${trapPort}/`)).toBe(' 000 403')
    expect(trapped).toBe(0)
  })
})

describe('rclone in a cage', () => {
  const UNIT = 'holdfast-mnt_cage'
  const wanted = () => ({ mountId: 'mnt_cage', path: target, readOnly: false })
  let runtime: RuntimeDirectory
  let daemons: FuseDaemons
  let target: string

  const allowed = () => placesBelow(place).allow(target)
  beforeEach(async () => {
    target = join(place, 'target')
    runtime = await RuntimeDirectory.open(context.runner, join(place, 'run'), { allowDisk: false })
    daemons = new FuseDaemons(runtime, join(place, 'cache'), supervisorServices)
  })
  afterEach(async () => {
    daemons.close()
    await new FuseDaemons(runtime, join(place, 'cache'), supervisorServices).stop(context, UNIT, allowed())
    spawnSync('umount', ['-c', '-l', target])
    // The keeper of a cage ends a moment after its supervisor.
    await vi.waitFor(() => expect(spawnSync('umount', [runtime.path]).status).toBe(0), {
      timeout: 10_000,
      interval: 20,
    })
  })

  function driverContext() {
    const host = new FakeHost()
    host.answers.set('rclone', {
      exitCode: 0,
      stdout: spawnSync('rclone', ['version'], { encoding: 'utf8' }).stdout,
      stderr: '',
    })
    Object.assign(host.fuse, { paths: (unit: string) => daemons.paths(unit) })
    return recordingContext(host, newRecording(), 60_000)
  }

  async function mountWeb(base: string): Promise<void> {
    const config = { ...HttpConfig.parse({ base_url: 'http://x.example.com', verify_ssl: false }), base_url: base }
    const daemon = httpDaemon(config, authorization(config, {}), wanted(), driverContext())
    await daemons.start(context, allowed(), daemon, LIMITS)
  }

  const read = (name: string) =>
    context.runner.run('cat', [join(target, name)], { timeoutMs: 20_000 }).then(
      ({ stdout }) => stdout,
      () => null,
    )

  /** A web server that sends whoever reads `trap-N.txt` to the N-th place. */
  function website(places: readonly string[]): RequestListener {
    return (request, response) => {
      const trap = /trap-(\d+)\.txt$/.exec(request.url ?? '')
      if (request.url === '/') {
        const names = ['good.txt', ...places.map((_, at) => `trap-${at}.txt`)]
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(names.map((name) => `<a href="${name}">${name}</a>`).join('\n'))
      } else if (trap !== null && request.method !== 'HEAD')
        response.writeHead(302, { location: places[Number(trap[1])] ?? '' }).end()
      else response.writeHead(200, { 'content-length': 4 }).end(request.method === 'HEAD' ? undefined : 'good')
    }
  }

  it.each([
    ['its proxy', SPELLED],
    ['the door for a server on this machine', STORAGE],
  ])('reads files through %s, and follows no redirect to the host itself', async (_way, host) => {
    const places = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '127.1',
      '0x7f.1',
      '0.0.0.0',
      '169.254.169.254',
    ].map((name) => `http://${name}:${trapPort}/secret`)
    const port = await listen(createServer(website(places)), STORAGE)
    await mountWeb(`http://${host}:${port}`)
    expect(await read('good.txt')).toBe('good')
    for (const at of places.keys()) expect([places[at], await read(`trap-${at}.txt`)]).toEqual([places[at], null])
    expect(trapped).toBe(0)
    expect(await read('good.txt')).toBe('good')
    await daemons.stop(context, UNIT, allowed())
    expect(mountsAt(target)).toEqual([])
    await vi.waitFor(() => expect(processesIn(place)).toEqual([]), { timeout: 10_000, interval: 20 })
  })

  it('reads through TLS, comes back in a new cage when it is killed, and outlives the agent', async () => {
    const { certificate, key } = await (await createTestAuthority()).issue({
      names: [{ type: 'ip', value: STORAGE }],
      usages: [SERVER_AUTH],
    })
    const port = await listen(createTlsServer({ cert: certificate, key }, website([])), STORAGE)
    await mountWeb(`https://${SPELLED}:${port}`)
    expect(await read('good.txt')).toBe('good')
    const next = new FuseDaemons(runtime, join(place, 'cache'), supervisorServices)
    const [known] = await next.adopt(context)
    const daemon = known?.daemon
    expect(daemon && isAlive(daemon)).toBe(true)
    const cageOf = (pid: number) => spawnSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' }).stdout
    expect(cageOf(daemon?.pid ?? 0)).not.toBe(cageOf(process.pid))
    process.kill(daemon?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(async () => expect(await read('good.txt')).toBe('good'), { timeout: 20_000, interval: 100 })
    const again = await supervisorServices.daemon(context.runner, UNIT, daemons.paths(UNIT).directory)
    expect(again?.pid).not.toBe(daemon?.pid)
    expect(cageOf(again?.pid ?? 0)).not.toBe(cageOf(process.pid))
    next.close()
    // Without its supervisor it had no way out, so it does not stay.
    const file = join(daemons.paths(UNIT).directory, 'state.json')
    process.kill(JSON.parse(readFileSync(file, 'utf8')).supervisor.pid, 'SIGKILL')
    await vi.waitFor(() => expect(again && isAlive(again)).toBe(false), { timeout: 10_000, interval: 20 })
  })

  it('signs, writes and tells its upload queue', async () => {
    const s3 = new FakeS3()
    s3.keys.set('AKEXAMPLE', 'obviously/fake+secret-0009')
    s3.objects.set('media/hello.txt', 'hello')
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      const url = `http://${request.headers.host}${request.url}`
      const answer = await s3.answer({
        url,
        method: request.method as 'GET',
        headers,
        body: Buffer.concat(chunks).toString(),
      })
      response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body)
    })
    const port = await listen(server, STORAGE)
    const settings = S3Config.parse({
      endpoint: 'http://x.example.com',
      bucket: 'media',
      access_key_id: 'AKEXAMPLE',
      write_back: 1,
      provider: 'Ceph',
    })
    const config = { ...settings, endpoint: `http://${STORAGE}:${port}` }
    const secret = new Secret('obviously/fake+secret-0009')
    const daemon = await rcloneDaemon(config, secret, wanted(), driverContext())
    await daemons.start(context, allowed(), daemon, LIMITS)
    expect(await read('hello.txt')).toBe('hello')
    writeFileSync(join(target, 'new.txt'), 'written')
    await vi.waitFor(() => expect(s3.objects.get('media/new.txt')).toBe('written'), { timeout: 20_000, interval: 100 })
    expect(await daemons.control(UNIT, 'vfs/stats', {}, 5_000)).toMatchObject({ diskCache: expect.anything() })
  })
})

/** Processes that have this directory in their command line. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return words.includes(directory) ? [words] : []
    } catch {
      return []
    }
  })
}
