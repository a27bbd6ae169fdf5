import { expect, it } from 'vitest'
import { bodyOf, EMPTY, missingIn } from '@/components/workloads/containers/container-draft'
import { AskContainer } from '@/lib/workloads/schema'

const draft = {
  ...{ ...EMPTY, hostId: 'hst_1', name: 'web', image: 'nginx' },
  env: [{ key: 1, name: 'PASSWORD', value: 'secret' }],
  ports: [{ key: 2, hostPort: '8080', containerPort: '80', protocol: 'tcp' }],
  mounts: [{ key: 3, mountId: 'mnt_1', subPath: 'web', target: '/data', readOnly: true }],
}

it('is what the API takes, and a plan has no value of the environment', () => {
  expect(missingIn(draft).size).toBe(0)
  expect(AskContainer.parse(bodyOf(draft, false))).toMatchObject({
    ...{ env: { PASSWORD: 'secret' }, ports: [{ host_port: 8080, container_port: 80 }] },
    mounts: [{ mount_id: 'mnt_1', target: '/data', read_only: true, create_sub_path: true }],
  })
  expect(JSON.stringify(bodyOf(draft, true))).not.toContain('secret')
})

it('says what is missing, by field', () => {
  const row = { key: 9, name: 'PASSWORD', value: '' }
  const ports = [{ key: 2, hostPort: '70000', containerPort: '', protocol: 'tcp' }]
  const found = missingIn({ ...draft, name: '', env: [...draft.env, row], ports })
  expect([...found.keys()]).toEqual(['name', 'env.1', 'ports.0.host_port', 'ports.0.container_port'])
})
