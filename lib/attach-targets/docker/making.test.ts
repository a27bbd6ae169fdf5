import { expect, test } from 'vitest'
import { familiarName } from '@/lib/attach-targets/docker/making'

test.each([
  ['nginx', 'nginx:latest'],
  ['nginx:1.29', 'nginx:1.29'],
  ['docker.io/library/nginx', 'nginx:latest'],
  ['docker.io/owner/app:2', 'owner/app:2'],
  ['registry.example:5000/app', 'registry.example:5000/app:latest'],
  [`ghcr.io/o/app@sha256:${'a'.repeat(64)}`, `ghcr.io/o/app@sha256:${'a'.repeat(64)}`],
])('%s is listed as %s', (image, name) => {
  expect(familiarName(image)).toBe(name)
})
