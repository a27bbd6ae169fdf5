/** @module-tag full */
import { expect, it } from 'vitest'
import { contractLab, type LabRig, LIMIT_MS, TARGET } from '@/e2e/support/contract-lab'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { cifsHost } from '@/lib/drivers/cifs/host'
import { toHostBackend } from '@/lib/drivers/input'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { FailureCase } from '@/testing/drivers/driver-case'

/** SMB against a real Samba: the contract, and what only a real server and kernel can show. */
const { nobody, servers, smb } = labFacts
const place = contractLab()
const { rig, hidden, stopped, blackholed } = place

const CONFIG = { server: servers.address, share_name: smb.share, username: smb.user }
const SECRETS = { password: smb.password }
/** Where the server writes down sign-ins for a test. */
const SIGN_INS = '/var/log/samba/sign-ins.log'

function backendOf(config: Record<string, unknown>) {
  return toHostBackend('bkd_contract', 'cifs', { ...CONFIG, ...config }, SECRETS)
}

/** The server is of another kind for this test. */
function serverSays(setting: string): (rig: LabRig) => Promise<void> {
  const restart = `systemctl restart ${LAB_SERVICES.smb}`
  return async ({ later }) => {
    await place.lab.servers.ok(`echo '${setting}' > /etc/samba/lab.conf && ${restart}`)
    later(() => place.lab.servers.ok(`: > /etc/samba/lab.conf && ${restart}`))
  }
}

const failures: FailureCase<LabRig>[] = [
  { name: 'mount.cifs is missing', arrange: hidden('/sbin/mount.cifs'), step: 'tools', problem: 'tool.missing' },
  { name: 'nobody at the address', config: { server: nobody.address }, step: 'tcp', problem: 'network.no_route' },
  { name: 'server stopped', arrange: stopped(LAB_SERVICES.smb, smb.port), step: 'tcp', problem: 'network.refused' },
  { name: 'server blackholed', arrange: blackholed(smb.port), step: 'tcp', problem: 'network.timed_out' },
  { name: 'another service on the port', config: { port: 22 }, step: 'protocol', problem: 'cifs.version_refused' },
  {
    name: 'server too old for the version',
    config: { smb_version: '3.1.1' },
    arrange: serverSays('server max protocol = SMB2_10'),
    step: 'protocol',
    problem: 'cifs.version_refused',
  },
  {
    name: 'server without encryption',
    config: { seal: true },
    arrange: serverSays('server max protocol = SMB2_10'),
    step: 'protocol',
    problem: 'cifs.seal_refused',
  },
  {
    name: 'wrong password',
    secrets: { password: smb.wrongPassword },
    step: 'authentication',
    problem: 'cifs.wrong_password',
  },
  {
    name: 'account switched off',
    config: { username: smb.disabled.user },
    secrets: { password: smb.disabled.password },
    step: 'authentication',
    problem: 'cifs.account_blocked',
  },
  { name: 'no such share', config: { share_name: smb.missing }, step: 'target', problem: 'cifs.no_share' },
  { name: "someone else's share", config: { share_name: smb.foreign }, step: 'target', problem: 'cifs.denied' },
  { name: 'no such folder', config: { path: 'nothing/here' }, step: 'target', problem: 'cifs.no_folder' },
  { name: 'a file', config: { path: 'hello' }, step: 'target', problem: 'cifs.not_folder' },
  { name: 'no guests', config: { auth: 'guest' }, step: 'target', problem: 'cifs.guest_refused' },
  { name: 'no anonymous', config: { auth: 'anonymous' }, step: 'target', problem: 'cifs.guest_refused' },
  { name: 'read-only share', config: { share_name: smb.readOnly }, step: 'write', problem: 'write.denied' },
  {
    name: 'full share',
    config: { share_name: smb.small },
    arrange: async ({ later }) => {
      await place.lab.servers.exec('dd if=/dev/zero of=/srv/smb/small/fill bs=64k status=none; sync')
      later(() => place.lab.servers.ok('rm -f /srv/smb/small/fill'))
    },
    step: 'write',
    problem: 'write.full',
  },
]

describeDriver<LabRig>('the lab, Samba', {
  rig,
  limitMs: LIMIT_MS,
  driver: cifsHost,
  config: CONFIG,
  secrets: SECRETS,
  failures,
  searched: ['authentication', 'target'],
  hang: blackholed(smb.port),
})

async function mounted(
  config: Record<string, unknown>,
  secrets: Record<string, string>,
  work: (options: string[]) => Promise<void>,
): Promise<void> {
  const { host, target, close } = await rig()
  try {
    const backend = toHostBackend('bkd_contract', 'cifs', { ...CONFIG, ...config }, secrets)
    await cifsHost.mount?.(backend, target, place.context())
    const entry = host.mounts.list().find((mount) => mount.target === TARGET)
    expect(entry?.source).toBe(cifsHost.expect?.(backend, target).source)
    await work([...(entry?.options ?? []), ...(entry?.superOptions ?? [])])
    await cifsHost.unmount?.(backend, target, place.context())
  } finally {
    await close()
  }
}

it.each([
  ['2.1', 'vers=2.1'],
  ['auto', 'vers=3.1.1'],
])('mounts SMB %s as %s', mountsAs)

it.each([
  ['2.0', 'vers=2.0'],
  ['3.0', 'vers=3.0'],
  ['3.0.2', 'vers=3.02'],
  ['3.1.1', 'vers=3.1.1'],
  ['3', 'vers=3.1.1'],
])('mounts SMB %s as %s', { tags: 'full' }, mountsAs)

async function mountsAs(smb_version: string, shown: string): Promise<void> {
  await mounted({ smb_version }, SECRETS, async (options) => {
    expect(options.map((option) => option.replace('3.0.2', '3.02'))).toEqual(
      expect.arrayContaining([shown, 'hard', 'nosuid', 'nodev', 'noexec', `username=${smb.user}`]),
    )
    expect(await place.lab.host.ok(`cat ${TARGET}/hello`)).toBe(`hello from ${smb.share}`)
  })
}

it('encrypts, owns and limits as the settings say', async () => {
  const config = { seal: true, uid: 1234, gid: 100, file_mode: '0640', dir_mode: '0750', actimeo: 5, nobrl: true }
  await mounted(config, SECRETS, async (options) => {
    expect(options).toEqual(expect.arrayContaining(['seal', 'uid=1234', 'gid=100', 'actimeo=5', 'nobrl']))
    expect(await place.lab.host.ok(`stat -c '%u %g %a' ${TARGET}/hello ${TARGET}/inside`)).toBe(
      '1234 100 640\n1234 100 750',
    )
  })
})

it.each([
  ['a password with everything in it', { username: smb.odd.user }, { password: smb.odd.password }, smb.share],
  ['a share with a space', { share_name: smb.readOnly }, SECRETS, smb.readOnly],
  ['a folder of a share', { path: 'inside' }, SECRETS, 'inside'],
  ['a guest', { share_name: smb.public, auth: 'guest' }, {}, smb.public],
  ['nobody by name', { share_name: smb.public, auth: 'anonymous' }, {}, smb.public],
])('takes %s', async (_what, config, secrets, content) => {
  await mounted(config, secrets, async () => {
    expect(await place.lab.host.ok(`cat ${TARGET}/hello`)).toBe(`hello from ${content}`)
  })
})

/** The server asks a domain for every account that is not one of its own, and writes down who was named at each sign-in. */
async function memberOfDomain(lab: LabRig): Promise<void> {
  const settings = ['server role = member server', 'workgroup = LABDOM', 'log level = 1 auth_audit:3']
  await serverSays([...settings, `log file = ${SIGN_INS}`].join('\n'))(lab)
  // A made-up identity of the domain; without one no token can be made, not even for the server's own accounts.
  await place.lab.servers.ok('net setdomainsid S-1-5-21-1-2-3')
  lab.later(() => place.lab.servers.ok(`rm -f ${SIGN_INS}`))
}

/** Those who signed in or tried to, as the server was told. */
async function signIns(): Promise<string[]> {
  const lines = await place.lab.servers.ok(`grep -o 'user \\[.*\\]\\\\\\[.*\\] at .* status \\[[A-Z_]*\\]' ${SIGN_INS}`)
  return lines.split('\n').map((line) => line.replace(/^user (\S+) at .* status /, '$1 '))
}

it('sends the domain: the right one signs in, a wrong one is refused and said to be it', async () => {
  const one = await rig()
  try {
    await memberOfDomain(one)
    const domain = servers.name.toUpperCase()
    for (const [config, named] of [
      [{ domain }, domain],
      [{}, ''],
    ] as const) {
      const steps = await cifsHost.test(backendOf(config), place.context())
      expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
      await cifsHost.mount?.(backendOf(config), one.target, place.context())
      const shown = await place.lab.host.ok(`grep -o 'username=${smb.user}.*,uid' /proc/mounts`)
      expect(shown).toBe(`username=${smb.user}${named === '' ? '' : `,domain=${named}`},uid`)
      expect((await signIns()).at(-1)).toBe(`[${named}]\\[${smb.user}] [NT_STATUS_OK]`)
      await cifsHost.unmount?.(backendOf(config), one.target, place.context())
    }
    const wrong = backendOf({ domain: 'ELSEWHERE' })
    const failed = (await cifsHost.test(wrong, place.context())).find(({ status }) => status === 'failed')
    expect(failed).toMatchObject({
      id: 'authentication',
      problem: 'cifs.domain_unreachable' satisfies ProblemId,
      values: expect.objectContaining({ domain: 'ELSEWHERE' }),
    })
    await expect(cifsHost.mount?.(wrong, one.target, place.context())).rejects.toMatchObject({
      details: { problem: 'cifs.domain_unreachable' satisfies ProblemId },
    })
    expect((await signIns()).at(-1)).toBe(`[ELSEWHERE]\\[${smb.user}] [NT_STATUS_NO_LOGON_SERVERS]`)
    const noShare = backendOf({ domain, share_name: smb.missing })
    await expect(cifsHost.mount?.(noShare, one.target, place.context())).rejects.toMatchObject({
      details: { problem: 'cifs.no_share' satisfies ProblemId },
    })
  } finally {
    await one.close()
  }
})

it('keeps two folders of one share apart, and tries a password although another mount is signed in', async () => {
  await mounted({}, SECRETS, async () => {
    const { host } = place.remote
    const scratch = await host.scratch()
    const backend = toHostBackend('bkd_other', 'cifs', { ...CONFIG, path: 'inside' }, SECRETS)
    await cifsHost.mount?.(backend, { mountId: 'mnt_other', path: scratch.path, readOnly: false }, place.context())
    const shown = host.mounts.list().filter(({ fsType }) => fsType === 'cifs')
    expect(shown.map(({ source }) => source)).toEqual([
      `//${servers.address}/${smb.share}`,
      `//${servers.address}/${smb.share}/inside`,
    ])
    await cifsHost.unmount?.(backend, { mountId: 'mnt_other', path: scratch.path, readOnly: false }, place.context())
    await scratch.done()
    const wrong = toHostBackend('bkd_other', 'cifs', CONFIG, { password: smb.wrongPassword })
    await expect(
      cifsHost.mount?.(wrong, { mountId: 'mnt_other', path: '/mnt/other', readOnly: false }, place.context()),
    ).rejects.toMatchObject({ details: { problem: 'cifs.wrong_password' satisfies ProblemId } })
  })
})

it('can be taken away while the server is away, and leaves no password in any command line', async () => {
  await mounted({}, SECRETS, async () => {
    const shown = await place.lab.host.ok("cat /proc/[0-9]*/cmdline /proc/mounts 2>/dev/null | tr '\\0' ' '")
    expect(shown).toContain(`username=${smb.user}`)
    expect(shown).not.toContain(smb.password)
    const kept = await place.lab.host.exec(`grep -rlF '${smb.password}' /run /tmp /etc /var/lib/holdfast-contract`)
    expect(kept.stdout).toBe('')
    await place.lab.servers.blackhole(true, { ports: [smb.port] })
    try {
      const started = performance.now()
      await place.remote.host.mounts.unmount(TARGET)
      console.log(`SMB unmount with the server blackholed: ${Math.round(performance.now() - started)} ms`)
      expect(place.remote.host.mounts.list().some((entry) => entry.target === TARGET)).toBe(false)
    } finally {
      await place.lab.servers.blackhole(false)
    }
  })
})

it('finds the shares of the server', async () => {
  const backend = toHostBackend('bkd_contract', 'cifs', { server: servers.address, username: smb.user }, SECRETS, {
    partial: true,
  })
  const choices = await cifsHost.discover?.shares?.(backend, place.context())
  expect(choices).toEqual([
    { value: smb.share, detail: 'Everything | and more' },
    { value: smb.readOnly },
    { value: smb.public },
    { value: smb.foreign },
    { value: smb.small },
  ])
})

it('mounts without smbclient, and says what it cannot tell', async () => {
  const one = await rig()
  try {
    await hidden('/usr/bin/smbclient')(one)
    const steps = await cifsHost.test(toHostBackend('bkd_contract', 'cifs', CONFIG, SECRETS), place.context())
    expect(steps.find(({ status }) => status === 'failed')).toBeUndefined()
    expect(steps.find(({ id }) => id === 'authentication')?.status).toBe('skipped')
    const wrong = toHostBackend('bkd_contract', 'cifs', CONFIG, { password: smb.wrongPassword })
    const failed = (await cifsHost.test(wrong, place.context())).find(({ status }) => status === 'failed')
    expect(failed).toMatchObject({ id: 'mount', problem: 'cifs.refused' })
  } finally {
    await one.close()
  }
})
