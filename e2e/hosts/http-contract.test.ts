/** @module-tag full */
import { expect, it } from 'vitest'
import { contractLab, type LabRig, LIMIT_MS, TARGET } from '@/e2e/support/contract-lab'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { httpHost } from '@/lib/drivers/http/host'
import { toHostBackend } from '@/lib/drivers/input'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { FailureCase } from '@/testing/drivers/driver-case'

/** HTTP against a real nginx: the contract, and what only a real server, rclone and systemd can show. */
const { http, nobody, servers } = labFacts
const { paths } = http
const place = contractLab()
const { rig, stopped, blackholed } = place

const BASE = `http://${servers.address}:${http.port}`
const TLS = `https://${servers.address}:${http.tlsPort}`
const CONFIG = { base_url: `${BASE}${paths.basic}`, auth_method: 'basic', username: http.user }
const SECRETS = { password: http.password }
const OPEN = { auth_method: 'none', username: null }

function at(url: string, more: Record<string, unknown> = {}) {
  return { config: { base_url: url, ...more } }
}

const failures: FailureCase<LabRig>[] = [
  { name: 'nobody at the address', ...at(`http://${nobody.address}:8080/`), step: 'tcp', problem: 'network.no_route' },
  // The lab has no DNS server at all.
  { name: 'unknown name', ...at(`http://${nobody.name}/`), step: 'name', problem: 'name.server_failed' },
  { name: 'server stopped', arrange: stopped(LAB_SERVICES.http, http.port), step: 'tcp', problem: 'network.refused' },
  { name: 'server blackholed', arrange: blackholed(http.port), step: 'tcp', problem: 'network.timed_out' },
  { name: 'another service', ...at(`http://${servers.address}:22/`), step: 'protocol', problem: 'http.not_http' },
  {
    name: 'TLS on a plain port',
    ...at(`https://${servers.address}:${http.port}${paths.files}`),
    step: 'protocol',
    problem: 'tls.failed',
  },
  { name: 'unknown authority', ...at(`${TLS}${paths.files}`), step: 'protocol', problem: 'tls.certificate_unknown' },
  {
    name: 'wrong password',
    secrets: { password: 'not-the-password' },
    step: 'authentication',
    problem: 'http.wrong_credentials',
  },
  {
    name: 'no sign-in where one is needed',
    config: OPEN,
    secrets: {},
    step: 'authentication',
    problem: 'http.sign_in_needed',
  },
  { name: 'forbidden', ...at(`${BASE}${paths.forbidden}`), step: 'target', problem: 'http.forbidden' },
  { name: 'not found', ...at(`${BASE}${paths.missing}`), step: 'target', problem: 'http.not_found' },
  { name: 'in maintenance', ...at(`${BASE}${paths.broken}`), step: 'target', problem: 'http.busy' },
  {
    name: 'sent to another host',
    ...at(`${BASE}${paths.away.slice(0, -1)}/`),
    step: 'target',
    problem: 'http.redirected',
  },
]

describeDriver<LabRig>('the lab, nginx', {
  rig,
  limitMs: LIMIT_MS,
  driver: httpHost,
  config: CONFIG,
  secrets: SECRETS,
  failures,
  searched: ['authentication'],
})

async function testOf(config: Record<string, unknown>, secrets: Record<string, string> = {}) {
  const steps = await httpHost.test(toHostBackend('bkd_contract', 'http', config, secrets), place.context())
  return Object.fromEntries(steps.map((step) => [step.id, step]))
}

async function mounted(
  config: Record<string, unknown>,
  secrets: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  const { target, close } = await rig()
  const backend = toHostBackend('bkd_contract', 'http', config, secrets)
  try {
    await httpHost.mount?.(backend, target, place.context())
    await work()
    await httpHost.unmount?.(backend, target, place.context())
  } finally {
    await close()
  }
}

it.each([
  ['open to everybody', { base_url: `${BASE}${paths.files}` }, {}],
  ['behind a password', CONFIG, SECRETS],
  ['behind a token', { base_url: `${BASE}${paths.bearer}`, auth_method: 'bearer' }, { token: http.token }],
  ['with a certificate that is not checked', { base_url: `${TLS}${paths.files}`, verify_ssl: false }, {}],
])('mounts files %s, to read only', async (_what, config, secrets) => {
  await mounted(config, secrets, async () => {
    expect(await place.lab.host.ok(`cat ${TARGET}/hello.txt ${TARGET}/inside/hello.txt`)).toBe(
      'hello over HTTP\nhello from inside',
    )
    const written = await place.lab.host.exec(`touch ${TARGET}/new`)
    expect(written.stderr).toContain('Read-only file system')
    expect(await place.lab.host.ok(`grep ' ${TARGET} ' /proc/self/mountinfo`)).toMatch(/ ro,nosuid,nodev,noexec/)
    const shown = await place.lab.host.ok("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '")
    expect(shown).toContain('rclone mount')
    for (const secret of [http.password, http.token, btoa(`${http.user}:${http.password}`)])
      expect(shown).not.toContain(secret)
  })
})

it('trusts an authority that was given', async () => {
  const ca_certificate = await place.lab.servers.ok('cat /etc/nginx/lab.pem')
  const steps = await testOf({ base_url: `${TLS}${paths.files}`, ca_certificate })
  expect(steps.mount).toMatchObject({ status: 'passed' })
  await mounted({ base_url: `${TLS}${paths.files}`, ca_certificate }, {}, async () => {
    expect(await place.lab.host.ok(`cat ${TARGET}/hello.txt`)).toBe('hello over HTTP')
  })
})

it('asks with GET where HEAD is not allowed, and mounts no page without a list', async () => {
  expect((await testOf({ base_url: `${BASE}${paths.noHead}` })).protocol?.detail).toContain('GET')
  const page = await testOf({ base_url: `${BASE}${paths.page}` })
  expect([page.target?.status, page.mount?.status, page.mount?.problem]).toEqual([
    'passed',
    'skipped',
    'http.no_listing',
  ])
})

it('does not let a file send rclone to the host itself or to where clouds keep their secrets', async () => {
  const { host } = place.lab
  await host.ok(
    'mkdir -p /run/lab-secret && echo "a secret of the host" > /run/lab-secret/secret.txt && systemd-run --unit=lab-secret busybox httpd -f -p 9999 -h /run/lab-secret',
  )
  const redirect = `location ${paths.trap}secret.txt { return 302 http://127.0.0.1:9999/secret.txt; }`
  const site = '/etc/nginx/sites-enabled/default'
  await place.lab.servers.ok(
    `cp ${site} /root/site && sed -i 's|location ${paths.trap}secret.txt {.*|${redirect}|' ${site} && nginx -s reload`,
  )
  try {
    expect(await host.ok('curl -s http://127.0.0.1:9999/secret.txt')).toBe('a secret of the host')
    const read: string[] = []
    const outcome: unknown = await mounted({ base_url: `${BASE}${paths.trap}` }, {}, async () => {
      read.push((await host.exec(`timeout 30 cat ${TARGET}/secret.txt`)).stdout)
    }).catch((error: unknown) => error)
    expect(read.join('')).toBe('')
    // rclone asks for the size of each file: one that may not be reached can keep the whole list from coming.
    if (outcome !== undefined) expect(outcome).toMatchObject({ details: { problem: 'access.hung' } })
  } finally {
    await host.exec('systemctl stop lab-secret')
    await place.lab.servers.exec(`cp /root/site ${site} && nginx -s reload`)
  }
})

it.each([
  ['the host itself', 'files-of-the-host', '127.0.0.1'],
  ['metadata', 'metadata', '169.254.169.254'],
])('refuses a name that leads to %s', async (_what, name, address) => {
  await place.lab.host.ok(`echo '${address} ${name}.example.com' >> /etc/hosts`)
  const { name: step } = await testOf({ base_url: `http://${name}.example.com/` })
  expect(step).toMatchObject({ status: 'failed', problem: 'network.denied_by_policy' })
  expect(step?.said).toContain(address)
})
