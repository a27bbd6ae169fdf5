import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { freePorts, root, until, type Variables } from '@/e2e/support/product'

// Where the demo puts its state, so that anything it leaves is seen.
const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-e2e-demo-'))
let demo: ChildProcess | undefined

afterAll(() => {
  demo?.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

it('npm run demo: says where it is and how to sign in, shows that it is a demo, and leaves nothing on Ctrl-C', async () => {
  const port = await freePorts()
  const { NODE_ENV: _mode, VITEST: _vitest, ...outer } = process.env
  const env: Variables = { ...outer, TMPDIR: directory, HOLDFAST_PORT: String(port), HOLDFAST_HOST: '0.0.0.0' }
  const child = spawn(process.execPath, [path.join(root, 'scripts/demo.mjs')], {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  demo = child
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
  const url = `http://127.0.0.1:${port}`
  await until('the demo', () => said.includes(`running at ${url}`) || child.exitCode !== null || undefined, 240_000)
  expect(said).toContain('Sign in as demo with the password holdfast-demo')
  expect(said).toContain('simulated')
  expect(await (await fetch(`${url}/sign-in`)).text()).toContain('This is a demo')
  expect(readdirSync(directory).filter((name) => name.startsWith('holdfast-demo-'))).toHaveLength(1)

  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  expect(readdirSync(directory).filter((name) => name.startsWith('holdfast-'))).toEqual([])
  await expect(fetch(url)).rejects.toThrow()
}, 300_000)
