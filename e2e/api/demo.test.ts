import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePorts, root, runScript, until, type Variables } from '@/e2e/support/product'
import { lint, Prometheus } from '@/e2e/support/prometheus'
import { RfbViewer } from '@/testing/rfb-viewer'

// Where the demo puts its state, so that anything it leaves is seen.
const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-e2e-demo-'))
const [DASHBOARD, RULES] = ['docs/prometheus/grafana-dashboard.json', 'docs/prometheus/rules.yml']
let demo: ChildProcess
let prometheus: Prometheus | undefined
let env: Variables
let url = ''
let said = ''

beforeAll(async () => {
  const port = await freePorts()
  const { NODE_ENV: _mode, VITEST: _vitest, ...outer } = process.env
  env = { ...outer, TMPDIR: directory, HOLDFAST_PORT: String(port), HOLDFAST_HOST: '0.0.0.0' }
  demo = spawn(process.execPath, [path.join(root, 'scripts/demo.mjs')], {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [demo.stdout, demo.stderr]) stream?.on('data', (chunk) => (said += chunk))
  url = `http://127.0.0.1:${port}`
  await until('the demo', () => said.includes(`running at ${url}`) || demo.exitCode !== null || undefined, 240_000)
}, 300_000)

afterAll(async () => {
  await prometheus?.stop()
  demo?.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

const stateDirs = () => readdirSync(directory).filter((name) => name.startsWith('holdfast-'))

it('npm run demo says where it is and how to sign in, and shows that it is a demo', async () => {
  expect(said).toContain('Sign in as demo with the password holdfast-demo')
  expect(said).toContain('simulated')
  expect(await (await fetch(`${url}/sign-in`)).text()).toContain('This is a demo')
  expect(stateDirs().filter((name) => name.startsWith('holdfast-demo-'))).toHaveLength(1)
})

/** Every expression of the dashboard, as Grafana would send it. */
function expressions(): string[] {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: { targets?: { expr: string }[] }[] }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')))
}

it('is scraped by a real Prometheus, which has every name of the dashboard and of the rules then', async () => {
  const stateDir = path.join(directory, stateDirs()[0] ?? '')
  const args = ['token', 'create', '--role', 'viewer', '--name', 'prometheus', '--scopes', 'metrics.read']
  const made = await runScript('holdfast.mjs', args, { ...env, HOLDFAST_STATE_DIR: stateDir })
  expect(made.code, made.stderr).toBe(0)
  const token = made.stdout.trim()

  const open = await fetch(`${url}/metrics`, { redirect: 'manual' })
  expect(open.status).toBe(401)
  const headers = { authorization: `Bearer ${token}` }
  expect((await fetch(`${url}/api/v1/hosts`, { headers })).status).toBe(403)
  const text = await (await fetch(`${url}/metrics?with=speed`, { headers })).text()
  expect(lint(text)).toBe('')

  const own = path.join(directory, 'prometheus')
  mkdirSync(own)
  prometheus = await Prometheus.start(own, { target: new URL(url).host, token, rules: RULES })
  const server = prometheus
  await until('a scrape', async () => ((await server.scrapeError()) === '' ? true : undefined))
  expect(await server.query('count(holdfast_host_info)')).toEqual([50])

  const wanted = [...expressions(), readFileSync(RULES, 'utf8')].join('\n').match(/\b(?:holdfast|nodejs|process)_\w+/g)
  const missing = async () => {
    const names = new Set(await server.names())
    return [...new Set(wanted)].filter((name) => !names.has(name))
  }
  // The controller tells of itself every ten seconds, and what is measured comes with its sweeps.
  await until('every name', async () => ((await missing()).length === 0 ? true : undefined)).catch(async (error) => {
    throw new Error(`${error}; missing: ${await missing()}`)
  })
  for (const expression of expressions()) expect(await server.query(expression), expression).toBeInstanceOf(Array)
  await until('the rules', async () =>
    (await server.rules()).every(({ health }) => health === 'ok') ? true : undefined,
  )
}, 120_000)

it("shows the screen of a machine in a viewer of one's own, through the program that it hands out", async () => {
  const stateDir = path.join(directory, stateDirs()[0] ?? '')
  const made = await runScript('holdfast.mjs', ['token', 'create', '--role', 'operator', '--name', 'viewer'], {
    ...env,
    HOLDFAST_STATE_DIR: stateDir,
  })
  const token = made.stdout.trim()
  const headers = { authorization: `Bearer ${token}` }
  const file = path.join(directory, 'holdfast.mjs')
  writeFileSync(file, await (await fetch(`${url}/api/v1/consoles/client`, { headers })).bytes())
  const { data } = (await (
    await fetch(`${url}/api/v1/workloads?target=libvirt&state=running`, { headers })
  ).json()) as {
    data: { native_id: string }[]
  }
  const signedIn: Variables = { ...env, HOLDFAST_URL: url, HOLDFAST_TOKEN: token }
  const client = spawn(process.execPath, [file, 'console', data[0]?.native_id ?? '', '--print'], {
    env: signedIn as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void client.kill('SIGKILL'))
  const [address] = (await once(client.stdout, 'data')) as [Buffer]
  const viewer = await RfbViewer.open(connect(Number(new URL(String(address)).port), '127.0.0.1'))
  expect((await viewer.picture()).length).toBe(viewer.width * viewer.height * 4)
  viewer.close()
  // A program of others, which counts in displays: that of the port 5900 is 0.
  const [display, picture] = [Number(new URL(String(address)).port) - 5900, path.join(directory, 'screen.png')]
  await promisify(execFile)('gvnccapture', ['--quiet', `127.0.0.1:${display}`, picture], { timeout: 30_000 })
  const png = readFileSync(picture)
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([viewer.width, viewer.height])
  client.kill('SIGINT')
  expect(await once(client, 'exit')).toEqual([0, null])
}, 60_000)

it('leaves nothing on Ctrl-C', async () => {
  await prometheus?.stop()
  demo.kill('SIGINT')
  const [code] = await once(demo, 'exit')
  expect(code).toBe(0)
  expect(stateDirs()).toEqual([])
  await expect(fetch(url)).rejects.toThrow()
}, 60_000)
