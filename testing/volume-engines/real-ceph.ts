import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./start-ceph.sh', import.meta.url))
const PROGRAMS = ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'ceph', 'rbd', 'qemu-io']

/** A cluster on this machine, as a user who may do what the profile `rbd` allows. */
export interface RealCeph {
  pool: string
  user: string
  key: string
  configuration: string
  /** Which clients it lets in from now on. */
  requireClients(release: string): void
  close(): Promise<void>
}

/** Debian: ceph-mon, ceph-mgr, ceph-osd, ceph-common and qemu-block-extra, which no test needs otherwise. */
export function hasCeph(): boolean {
  return PROGRAMS.every((program) => existsSync(`/usr/bin/${program}`))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Takes half a minute, and 600 MB of memory while it runs. */
export async function startCeph(): Promise<RealCeph> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-ceph-'))
  const port = await freePort()
  const close = async () => {
    for (const file of readdirSync(join(directory, 'run')).filter((name) => name.endsWith('.pid'))) {
      await stop(Number(readFileSync(join(directory, 'run', file), 'utf8')))
    }
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    execFileSync('bash', [SCRIPT, directory, String(port)], { stdio: 'pipe' })
  } catch (error) {
    await close()
    throw error
  }
  const keyring = join(directory, 'holdfast.keyring')
  const key = execFileSync('ceph-authtool', ['-p', '-n', 'client.holdfast', keyring], { encoding: 'utf8' }).trim()
  const settings = ['cluster', 'service', 'client'].map((part) => `auth_${part}_required = cephx`)
  return {
    pool: 'rbd',
    user: 'holdfast',
    key,
    configuration: `[global]\nmon_host = v2:127.0.0.1:${port}\n${settings.join('\n')}\nlog_to_file = false\nadmin_socket =\n`,
    requireClients: (release) =>
      void execFileSync(
        'ceph',
        [
          '--conf',
          join(directory, 'ceph.conf'),
          'osd',
          'set-require-min-compat-client',
          release,
          '--yes-i-really-mean-it',
        ],
        { stdio: 'pipe' },
      ),
    close,
  }
}

async function stop(pid: number): Promise<void> {
  const isAlive = () => existsSync(`/proc/${pid}`)
  if (!isAlive()) return
  process.kill(pid, 'SIGKILL')
  while (isAlive()) await new Promise((resolve) => setTimeout(resolve, 20))
}
