import { describe, expect, it } from 'vitest'
import { demoHosts } from '@/demo/hosts'
import { DEMO_BACKENDS, DEMO_CONNECTIONS, DEMO_MOUNTS } from '@/demo/storages'
import { parseBackendInput } from '@/lib/drivers/input'
import { DRIVER_IDS } from '@/lib/drivers/registry'

describe('the demo', () => {
  it('has a backend of every storage type, and each of them can be created', () => {
    expect(new Set(DEMO_BACKENDS.map(({ type }) => type))).toEqual(new Set(DRIVER_IDS))
    for (const { type, config } of DEMO_BACKENDS) expect(() => parseBackendInput(type, config), type).not.toThrow()
  })

  it('has 50 hosts of different names, and mounts that lead to what there is', () => {
    const hosts = demoHosts(DRIVER_IDS)
    expect(new Set(hosts.map(({ name }) => name)).size).toBe(50)
    for (const { backend, host } of DEMO_CONNECTIONS) {
      expect(DEMO_BACKENDS.map(({ name }) => name)).toContain(backend)
      expect(hosts.map(({ name }) => name)).toContain(host)
    }
    for (const { name, backend, targets } of DEMO_MOUNTS) {
      expect(
        DEMO_BACKENDS.map((entry) => entry.name),
        name,
      ).toContain(backend)
      if (targets === 'all') continue
      const isChosen = (host: (typeof hosts)[number]) =>
        Array.isArray(targets)
          ? targets.includes(host.name)
          : Object.entries(targets).every(([key, value]) => host.labels[key] === value)
      expect(hosts.filter(isChosen).length, name).toBeGreaterThan(0)
    }
  })
})
