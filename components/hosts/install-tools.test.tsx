import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { needsTools } from '@/components/hosts/host-warnings'
import { WhatInstalls } from '@/components/hosts/install-tools'
import type { HostView } from '@/lib/hosts/schema'

const NFS = { command: 'mount.nfs', path: null, version: null, package: 'nfs-utils', neededBy: ['nfs'] }

function host(id: string): HostView {
  const info = { distribution: { id, name: id, version: null }, tools: [NFS, { ...NFS, command: 'showmount' }] }
  return { info, missing_tools: ['mount.nfs', 'showmount'] } as unknown as HostView
}

it('shows the command before it runs, each package once', () => {
  const html = renderToStaticMarkup(<WhatInstalls info={host('rocky').info} missing={['mount.nfs', 'showmount']} />)
  expect(html).toContain('dnf install -y nfs-utils<')
})

it('names the packages where the command is not known', () => {
  const html = renderToStaticMarkup(<WhatInstalls info={host('linuxmint').info} missing={['mount.nfs']} />)
  expect(html).toContain('Its own package manager will install: nfs-utils.')
})

it('is a warning when a storage of the host needs it', () => {
  expect(needsTools(host('rocky'), new Set(['nfs']))).toBe(true)
  expect(needsTools(host('rocky'), new Set(['s3']))).toBe(false)
})
