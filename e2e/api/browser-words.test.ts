import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { root, sh } from '@/e2e/support/product'
import { DESCRIPTORS } from '@/lib/drivers/registry'

/** Of the build that `npm start` serves. */
const CHUNKS = path.join(root, '.next/static/chunks')
let sent = ''

beforeAll(async () => {
  const built = await sh('npm', ['run', '--silent', 'build'])
  if (built.code !== 0) throw new Error(built.stderr)
  const scripts = readdirSync(CHUNKS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  sent = scripts.map((name) => readFileSync(path.join(CHUNKS, name), 'utf8')).join('\n')
})

test.each(DESCRIPTORS.map((descriptor) => [descriptor.id, descriptor] as const))(
  'the browser is sent the form of %s, and not the words of its problems',
  (_id, { summary, problems }) => {
    expect(sent).toContain(summary)
    for (const { title } of Object.values(problems ?? {})) expect(sent).not.toContain(title)
  },
)
