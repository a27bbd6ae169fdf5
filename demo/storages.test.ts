import { describe, expect, it } from 'vitest'
import { demoHosts } from '@/demo/hosts'
import { DEMO_COPY, DEMO_POOLS } from '@/demo/pools'
import { DEMO_BACKENDS, DEMO_CONNECTIONS, DEMO_MOUNTS } from '@/demo/storages'
import { parseBackendInput } from '@/lib/drivers/input'
import { DRIVER_IDS, driverById } from '@/lib/drivers/registry'
import { CreatePool } from '@/lib/pools/schema'
import { SetSchedule } from '@/lib/snapshots/schema'
import { CreateVolume } from '@/lib/volumes/schema'

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
  it('has pools on what can hold volumes, with volumes whose parents are made before them', () => {
    const hosts = new Set(demoHosts(DRIVER_IDS).map(({ name }) => name))
    for (const pool of DEMO_POOLS) {
      const {
        name,
        backend,
        targets,
        volumes,
        foreign: _foreign,
        templates: _templates,
        files: _files,
        schedule: _schedule,
        ...rest
      } = pool
      const known = DEMO_BACKENDS.find((one) => one.name === backend)
      expect(known && driverById(known.type).capabilities, name).toContain('volumes')
      if (Array.isArray(targets)) for (const host of targets) expect(hosts, name).toContain(host)
      expect(CreatePool.safeParse({ name, backend_id: 'bkd_1', targets: 'all', ...rest }).success, name).toBe(true)
      const before = new Set<string>()
      for (const volume of volumes) {
        if (volume.cloneOf) expect(before, volume.name).toContain(volume.cloneOf)
        if (volume.host) expect(targets, volume.name).toContain(volume.host)
        expect(CreateVolume.safeParse({ name: volume.name, size: volume.size }).success, volume.name).toBe(true)
        before.add(volume.name)
      }
    }
    const copied = DEMO_POOLS.find(({ name }) => name === DEMO_COPY.pool)
    expect(copied?.volumes.map(({ name }) => name)).toContain(DEMO_COPY.of)
  })

  it('has schedules that can be set, where something was taken by one', () => {
    const set = DEMO_POOLS.flatMap((pool) => [pool.schedule, ...pool.volumes.map(({ schedule }) => schedule)])
    for (const schedule of set) expect(SetSchedule.optional().safeParse(schedule).success).toBe(true)
    for (const { schedule, volumes } of DEMO_POOLS)
      for (const volume of volumes)
        if (volume.takenBefore) expect(volume.schedule ?? schedule, volume.name).toBeDefined()
  })
})
