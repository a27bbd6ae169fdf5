import { describe, expect, it } from 'vitest'
import type { HostBackend } from '@/lib/drivers/contract/host'
import { httpHost } from '@/lib/drivers/http/host'
import { toHostBackend } from '@/lib/drivers/input'
import { explain } from '@/lib/drivers/problems/words'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig, FailureCase } from '@/testing/drivers/driver-case'
import { FakeHost, type FakeStorage, fakeStorage } from '@/testing/drivers/fake-host'
import { FakeWeb } from '@/testing/drivers/fake-web'
import { fixture } from '@/testing/drivers/fixtures'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: FakeHost
  web: FakeWeb
  storage: FakeStorage
}

const CONFIG = { base_url: 'https://files.example.com:8443/files/', auth_method: 'basic', username: 'reader' }
const SECRETS = { password: 'obviously/fake:secret-0005 ü' }
const KEY = `Basic ${Buffer.from(`reader:${SECRETS.password}`).toString('base64')}`
const OPEN = { auth_method: 'none', username: null }

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  const web = new FakeWeb()
  const storage = fakeStorage()
  web.key = KEY
  web.redirects.set('/files', '/files/')
  web.pages.set('/files/', fixture('http', 'curl.debian12.listing.out'))
  web.pages.set('/page', fixture('http', 'curl.debian12.page.out'))
  host.addresses.set('files.example.com', ['192.0.2.30', '2001:db8::30'])
  host.openPorts.add('192.0.2.30:8443')
  host.http = web.answer
  host.answers.set('rclone', { exitCode: 0, stdout: 'rclone v1.60.1-DEV\n', stderr: '' })
  host.answers.set('fusermount3', { exitCode: 0, stdout: 'fusermount3 version: 3.14.0\n', stderr: '' })
  host.fuseStorage = (daemon) => ({ storage, fsType: 'fuse.rclone', source: daemon.args[1] ?? '' })
  const target = { mountId: 'mnt_1', path: '/mnt/web', readOnly: true }
  return {
    host,
    web,
    storage,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    close: async () => {
      // Nothing but looking, only with the right host, and only to the address that was checked.
      for (const { method, url, address } of web.asked) {
        expect(['HEAD', 'GET']).toContain(method)
        expect(new URL(url).host).toBe('files.example.com:8443')
        expect(address).toBe('192.0.2.30')
      }
    },
  }
}

function answers(status: number, problem: FailureCase<Rig>['problem'], step: 'authentication' | 'target' = 'target') {
  return {
    name: `status ${status}`,
    arrange: ({ web }: Rig) => {
      for (const path of ['/files', '/files/']) web.statuses.set(path, status)
      web.redirects.clear()
    },
    step,
    problem,
  }
}

function fails(name: string, errno: string, problem: FailureCase<Rig>['problem']): FailureCase<Rig> {
  return {
    name,
    arrange: ({ host }) => {
      host.http = async () => {
        throw new HoldfastError('backend_unreachable', 'no', { details: { errno } })
      }
    },
    step: 'protocol',
    problem,
  }
}

function leadsTo(address: string): FailureCase<Rig> {
  return {
    name: `a name that leads to ${address}`,
    arrange: ({ host }) => {
      host.addresses.set('files.example.com', ['192.0.2.30', address])
      host.denied.add(address)
    },
    step: 'name',
    problem: 'network.denied_by_policy',
    // Which entry of which file opens it is told by the policy of a real host, of its own addresses.
    unknown: ['opens', 'file'],
  }
}

describeDriver<Rig>('fake host', {
  driver: httpHost,
  config: CONFIG,
  secrets: SECRETS,
  rig,
  shown: {
    instead: [
      [/\/run\/holdfast\/fuse\/holdfast-mnt_1/, '…'],
      [/\/var\/cache\/holdfast\/holdfast-mnt_1/, '…/cache'],
    ],
  },
  limitMs: 5_000,
  hang: ({ storage }) => {
    storage.state = 'hung'
  },
  outage: {
    begin: ({ host }) => void host.openPorts.delete('192.0.2.30:8443'),
    end: ({ host }) => void host.openPorts.add('192.0.2.30:8443'),
    problem: 'network.refused',
  },
  revoked: {
    arrange: ({ web }) => {
      web.key = 'Basic of-somebody-else'
    },
    problem: 'http.wrong_credentials',
  },
  failures: [
    {
      name: 'unknown name',
      config: { base_url: 'https://nowhere.example.com' },
      step: 'name',
      problem: 'name.not_found',
    },
    leadsTo('127.0.0.1'),
    leadsTo('169.254.169.254'),
    leadsTo('::1'),
    leadsTo('::ffff:7f00:1'),
    leadsTo('100.100.100.200'),
    {
      name: 'nothing listens',
      config: { base_url: 'https://files.example.com/files' },
      step: 'tcp',
      problem: 'network.refused',
    },
    fails('not a web server', 'HPE_INVALID_CONSTANT', 'http.not_http'),
    fails('no TLS on this port', 'EPROTO', 'tls.failed'),
    fails('unknown authority', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls.certificate_unknown'),
    fails('certificate for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', 'tls.certificate_name'),
    { name: 'no password', secrets: {}, step: 'authentication', problem: 'http.no_secret' },
    {
      name: 'wrong password',
      secrets: { password: 'another-fake-secret' },
      step: 'authentication',
      problem: 'http.wrong_credentials',
    },
    { name: 'sign-in needed', config: OPEN, secrets: {}, step: 'authentication', problem: 'http.sign_in_needed' },
    answers(403, 'http.forbidden'),
    answers(404, 'http.not_found'),
    answers(410, 'http.not_found'),
    answers(418, 'http.unexpected'),
    answers(429, 'http.busy'),
    answers(500, 'http.server_error'),
    answers(503, 'http.busy'),
    {
      name: 'http on a port for https',
      config: { base_url: 'http://files.example.com:8443/files/' },
      arrange: ({ host }) => {
        host.http = async ({ method }) => {
          const body = method === 'HEAD' ? '' : 'Client sent an HTTP request to an HTTPS server.\n'
          return { status: 400, headers: {}, body, durationMs: 1 }
        }
      },
      step: 'target',
      problem: 'http.use_https',
    },
    {
      name: 'a redirect to another host',
      arrange: ({ web }) => void web.redirects.set('/files', 'http://169.254.169.254/latest/meta-data'),
      step: 'target',
      problem: 'http.redirected',
    },
    {
      name: 'a redirect to another port',
      arrange: ({ web }) => void web.redirects.set('/files', 'https://files.example.com:22/files/'),
      step: 'target',
      problem: 'http.redirected',
    },
    {
      name: 'a redirect without encryption',
      arrange: ({ web }) => void web.redirects.set('/files', 'http://files.example.com:8443/files/'),
      step: 'target',
      problem: 'http.redirected',
    },
    {
      name: 'a folder that sends to another host, which is nothing without its slash',
      arrange: ({ web }) => {
        web.redirects.clear()
        web.redirects.set('/files/', 'https://other.example.com/')
      },
      step: 'target',
      problem: 'http.redirected',
    },
    {
      name: 'a forbidden folder, which is nothing without its slash',
      arrange: ({ web }) => {
        web.redirects.clear()
        web.statuses.set('/files/', 403)
      },
      step: 'target',
      problem: 'http.forbidden',
    },
    {
      name: 'a circle of redirects',
      arrange: ({ web }) => {
        web.redirects.set('/files', '/round')
        web.redirects.set('/round', '/files')
      },
      step: 'target',
      problem: 'http.redirected',
    },
    {
      name: 'rclone ends at once',
      arrange: ({ host }) => {
        host.fuseStorage = () => null
      },
      step: 'mount',
      problem: 'rclone.ended',
    },
  ],
})

function backendOf(change: Record<string, unknown> = {}, secrets: Record<string, string> = SECRETS): HostBackend {
  return toHostBackend('bkd_1', 'http', { ...CONFIG, ...change }, secrets)
}

async function testOf({ host }: Rig, backend = backendOf()) {
  const steps = await httpHost.test(backend, recordingContext(host, newRecording(), 5_000))
  return Object.fromEntries(steps.map((step) => [step.id, step]))
}

describe('a test', () => {
  it('says that nothing can be written and that the capacity is unknown', async () => {
    const steps = await testOf(await rig())
    expect(steps.write?.status).toBe('skipped')
    expect(steps.capacity?.usage).toEqual({ totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null })
    expect(steps.target?.detail).toContain('HTTP 200')
  })

  it('asks again with GET where the server knows no HEAD', async () => {
    const one = await rig()
    one.web.knowsHead = false
    expect((await testOf(one)).protocol).toMatchObject({ status: 'passed', detail: 'https, asked with GET' })
  })

  it('takes an address that only exists as a folder', async () => {
    const one = await rig()
    one.web.redirects.clear()
    expect((await testOf(one)).target?.status).toBe('passed')
  })

  it('passes for a CDN that lists nothing, and says that it cannot be mounted', async () => {
    const one = await rig()
    const backend = backendOf({ base_url: 'https://files.example.com:8443/page' })
    expect((await testOf(one, backend)).mount).toMatchObject({ status: 'skipped', problem: 'http.no_listing' })
    const target = { ...one.target }
    await expect(
      httpHost.mount?.(backend, target, recordingContext(one.host, newRecording(), 5_000)),
    ).rejects.toMatchObject({ code: 'unsupported', details: { problem: 'http.no_listing' } })
    expect(one.host.daemons.size).toBe(0)
  })

  it('passes without rclone, with a warning', async () => {
    const one = await rig()
    one.host.answers.delete('rclone')
    const steps = await testOf(one)
    expect([steps.tools?.status, steps.target?.status, steps.mount?.status]).toEqual(['warning', 'passed', 'skipped'])
  })

  it('warns of a sign-in that everyone on the way can read, and of a certificate that nobody checks', async () => {
    const one = await rig()
    one.host.openPorts.add('192.0.2.30:80')
    const plain = await testOf(one, backendOf({ base_url: 'http://files.example.com/files' }))
    expect(plain.protocol).toMatchObject({ status: 'warning', problem: 'http.plain' })
    const unverified = await testOf(await rig(), backendOf({ verify_ssl: false }))
    expect(unverified.protocol).toMatchObject({ status: 'warning', problem: 'http.unverified' })
  })

  it.each([
    ['token', { token: 'fake.token-0006~+/==' }],
    ['password, as older APIs call it', { password: 'fake.token-0006~+/==' }],
  ])('sends a bearer token given as %s', async (_name, secrets) => {
    const one = await rig()
    one.web.key = 'Bearer fake.token-0006~+/=='
    const steps = await testOf(one, backendOf({ auth_method: 'bearer', username: null }, secrets))
    expect(steps.authentication?.status).toBe('passed')
  })

  it('tells no other host the password', async () => {
    const one = await rig()
    one.web.redirects.set('/files', 'https://evil.example.com/files/')
    const { target } = await testOf(one)
    expect(explain('http.redirected', target?.values ?? {}).advice).toContain('https://evil.example.com/files/')
    expect(one.web.asked.every(({ url }) => new URL(url).hostname === 'files.example.com')).toBe(true)
  })
})

describe('the rclone daemon', () => {
  it('gets address and sign-in by a private file, says whom it connects to, and can only read', async () => {
    const { host, target } = await rig()
    await httpHost.mount?.(backendOf(), { ...target, readOnly: false }, recordingContext(host, newRecording(), 5_000))
    const daemon = host.daemons.get('holdfast-mnt_1')
    expect(daemon).toMatchObject({
      network: { kind: 'web', host: 'files.example.com', port: 8443 },
      args: expect.arrayContaining(['--read-only', '--config=/run/holdfast/fuse/holdfast-mnt_1/rclone.conf']),
    })
    expect(daemon?.args.join(' ')).not.toContain('files.example.com')
    const [file] = Object.values(daemon?.secretFiles ?? {})
    expect(file && reveal(file)).toBe(
      `[holdfast]\ntype = http\nurl = https://files.example.com:8443/files/\nheaders = Authorization,${KEY}\n`,
    )
    expect(host.mounts.list().at(-1)?.options).toEqual(['noexec', 'ro', 'nosuid', 'nodev'])
  })

  it.each([
    ['wrong password', { password: 'another-fake-secret' }, 'http.wrong_credentials'],
    ['no password', {}, 'http.no_secret'],
  ])('is not even started with %s', async (_name, secrets, problem) => {
    const { host, target } = await rig()
    const work = httpHost.mount?.(backendOf({}, secrets), target, recordingContext(host, newRecording(), 5_000))
    await expect(work).rejects.toMatchObject({ code: 'credentials_rejected', details: { problem } })
    expect(host.daemons.size).toBe(0)
  })
})
