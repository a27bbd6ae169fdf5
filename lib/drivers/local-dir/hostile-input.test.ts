import { describe, it, vi } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { bindMounting, localDir } from '@/lib/drivers/local-dir/descriptor'
import { ensure, everyInput, expectSafeMount, hostile } from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

describe('hostile input', () => {
  it('path', () => {
    everyInput(hostile(['/srv/media', '/data', '/home/ann/files/', '/etc', '/']), 'path', (path) => {
      const config = localDir.config.parse(parseBackendInput('local-dir', { path }).config)
      expectSafeMount(bindMounting.request(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }), /^\/[^/]/)
      ensure(!config.path.split('/').includes('..'), config.path)
      ensure(!/^\/(?:etc|proc|sys|dev|run|boot|usr|root|bin|sbin|lib)(?:\/|$)/.test(config.path), config.path)
    })
  })
})
