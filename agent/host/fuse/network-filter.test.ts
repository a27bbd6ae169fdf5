import { describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import type { DaemonNetwork, FuseDaemon } from '@/lib/drivers/contract/driver-host'
import { Secret } from '@/lib/secret'
import { planNetwork } from './network-filter'

const PATHS = { directory: '/run/x', socket: '/run/x/control.sock', cache: '/var/x' }
const LIMITS = { closedNetworks: ['127.0.0.0/8', '10.9.0.0/16'], allowsUnfilteredDaemons: false }
const WEB: DaemonNetwork = { kind: 'web', host: 'nas.example.com', port: 443 }
const ANY: DaemonNetwork = { kind: 'any', besides: ['239.255.0.1'] }
const TCP = { kind: 'tcp', port: 4711, user: 'u', password: new Secret('fake-password') } as const
/** Namespaces can be made, or cannot. */
const able = new Runner({ paths: { unshare: '/bin/true' } })
const unable = new Runner({ paths: { unshare: '/bin/false' } })

function daemon(network: DaemonNetwork, control?: FuseDaemon['control']): FuseDaemon {
  const rest = control === undefined ? {} : { control }
  return { unit: 'u', command: 'rclone', args: [], target: '/mnt/x', secretFiles: {}, network, ...rest }
}

describe('the network of a daemon', () => {
  it('is the one of the machine for who connects to nobody', async () => {
    for (const manager of ['systemd', 'supervisor'] as const) {
      expect(await planNetwork(manager, daemon({ kind: 'none' }, TCP), PATHS, LIMITS, unable)).toEqual({
        filter: null,
        cage: null,
        control: { kind: 'tcp', port: 4711, user: 'u', password: 'fake-password' },
      })
    }
  })

  it('is filtered by systemd with everything that the policy closes, and asked from an address that is let through', async () => {
    const { filter, cage, control } = await planNetwork('systemd', daemon(WEB, TCP), PATHS, LIMITS, unable)
    expect(cage).toBeNull()
    expect(filter?.closed).toEqual(LIMITS.closedNetworks)
    expect(filter?.except).not.toContain('127.0.0.1')
    const from = control?.kind === 'tcp' ? control.from : undefined
    if (from !== undefined) expect(filter?.except).toContain(from)
    expect(from ?? '').not.toMatch(/^127\./)
    const any = await planNetwork('systemd', daemon(ANY), PATHS, LIMITS, unable)
    expect(any.filter?.except).toContain('239.255.0.1')
  })

  it('is a cage without systemd, with a socket for the remote control', async () => {
    const { filter, cage, control } = await planNetwork('supervisor', daemon(WEB, TCP), PATHS, LIMITS, able)
    expect(filter).toBeNull()
    expect(cage).toMatchObject({ closed: LIMITS.closedNetworks, door: null, control: { port: 4711 } })
    expect(control).toEqual({ kind: 'unix', socket: PATHS.socket, user: 'u', password: 'fake-password' })
    expect((await planNetwork('supervisor', daemon(WEB), PATHS, LIMITS, able)).control).toBeNull()
  })

  it.each(['localhost', '127.0.0.1', '127.3.2.1', '::1'])(
    'has a door for %s, which Go asks no proxy for',
    async (host) => {
      const { cage } = await planNetwork('supervisor', daemon({ ...WEB, host }), PATHS, LIMITS, able)
      expect(cage?.door).toEqual({ host, port: 443 })
    },
  )

  it('keeps a daemon from starting where nothing could keep it from denied addresses', async () => {
    await expect(planNetwork('supervisor', daemon(WEB), PATHS, LIMITS, unable)).rejects.toMatchObject({
      code: 'policy_denied',
      message: expect.stringMatching(/network namespace.*none can be made here.*under systemd/),
    })
    await expect(planNetwork('supervisor', daemon(ANY), PATHS, LIMITS, able)).rejects.toMatchObject({
      code: 'policy_denied',
      message: expect.stringMatching(/Without systemd.*allow\.unfilteredDaemons/),
    })
    const allowed = { ...LIMITS, allowsUnfilteredDaemons: true }
    expect(await planNetwork('supervisor', daemon(ANY), PATHS, allowed, able)).toMatchObject({
      filter: null,
      cage: null,
    })
  })
})
