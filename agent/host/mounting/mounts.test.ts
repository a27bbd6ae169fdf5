import { expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { ANY_SOURCE, placesBelow } from '@/testing/agent/places'
import { requireAllowedServer, serverAddresses } from './mounts'
import { Prober } from './probe'

const policy = createPolicy(parsePolicy('{}', 'agent.json'))
const context = {
  runner: new Runner(),
  prober: new Prober(),
  sources: ANY_SOURCE,
  checkAddress: (address: string) => policy.checkAddress(address),
}

/** The super options of mounts in the lab. */
const NFS =
  'rw,vers=4.2,rsize=131072,wsize=131072,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.77.0.2,local_lock=none,addr='
const NFS3 =
  'rw,vers=3,hard,proto=tcp,timeo=600,retrans=2,sec=sys,mountvers=3,mountport=20048,mountproto=tcp,local_lock=none,addr=10.77.0.1,mountaddr='

const place = placesBelow('/mnt').allow('/mnt/nothing-is-mounted-here')
const entry = (options: string) => ({ superOptions: options.split(',') })

it('reads where the kernel is connected to', () => {
  expect(serverAddresses(entry(`${NFS}10.77.0.1`))).toEqual(['10.77.0.1'])
  expect(serverAddresses(entry(`${NFS3}10.77.0.3`))).toEqual(['10.77.0.1', '10.77.0.3'])
  expect(serverAddresses(entry('rw,vers=3.1.1,addr=fd00::1,file_mode=0644'))).toEqual(['fd00::1'])
  expect(serverAddresses(entry('rw,size=100k'))).toEqual([])
})

it.each([`${NFS}127.0.0.1`, `${NFS}169.254.169.254`, `${NFS}::1`, `${NFS}fe80::1%eth0`, `${NFS3}127.0.0.1`])(
  'takes back a mount that has ended up at a denied address: %s',
  async (options) => {
    await expect(requireAllowedServer(context, place, entry(options))).rejects.toMatchObject({ code: 'policy_denied' })
  },
)

it('leaves one at an allowed address alone', async () => {
  await requireAllowedServer(context, place, entry(`${NFS}10.77.0.1`))
})
