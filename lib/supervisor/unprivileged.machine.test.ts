import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closedAbove, foreignMounts, unprivilegedCall } from '@/lib/supervisor/unprivileged'

const UID = 61_500
const GID = 61_501
let directory: string

beforeEach(() => {
  // 0700, as /root is.
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-unprivileged-'))
  mkdirSync(path.join(directory, 'a b/checkout/src'), { recursive: true })
  mkdirSync(path.join(directory, 'a b/secret'))
  mkdirSync(path.join(directory, 'state'))
  writeFileSync(path.join(directory, 'a b/checkout/src/code'), 'code')
  writeFileSync(path.join(directory, 'a b/secret/key'), 'key')
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Runs a shell line as it would run; `before` runs as root in a mount namespace around it. */
function run(line: string, options: { mayBindLowPorts?: boolean; before?: string } = {}) {
  const places = [path.join(directory, 'a b/checkout'), path.join(directory, 'state')]
  const { before, ...rest } = options
  const who = { uid: UID, gid: GID, places, ...rest }
  if (before === undefined) {
    const call = unprivilegedCall({ file: 'sh', args: ['-c', line] }, who)
    // A root with groups beside its own, as many have.
    return spawnSync('setpriv', ['--groups', '4242,4243', call.file, ...call.args], { encoding: 'utf8' })
  }
  // The call is made from inside, where it finds the mounts.
  const script = `import { unprivilegedCall } from '@/lib/supervisor/unprivileged'
    import { spawnSync } from 'node:child_process'
    const call = unprivilegedCall(${JSON.stringify({ file: 'sh', args: ['-c', line] })}, ${JSON.stringify(who)})
    spawnSync(call.file, call.args, { stdio: 'inherit' })`
  const bundle = path.join(directory, 'call.mjs')
  const built = spawnSync(
    path.resolve('node_modules/.bin/esbuild'),
    ['--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`],
    { input: script, encoding: 'utf8' },
  )
  if (built.status !== 0) throw new Error(built.stderr)
  const inside = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    `${before}; exec "$0" "$1"`,
    process.execPath,
    bundle,
  ]
  return spawnSync('unshare', inside, { encoding: 'utf8' })
}

test('a place in a closed directory is there under its own name, and its neighbours are not', () => {
  const seen = run(`pwd; cat src/code; ls "${directory}/a b"; cat "${directory}/a b/secret/key"`)
  expect(seen.stdout.trim().split('\n')).toEqual([path.join(directory, 'a b/checkout'), 'codecheckout'])
  expect(seen.stderr).toContain('secret/key')
})

test('the host and others do not notice', () => {
  run('true')
  expect(spawnSync('ls', [path.join(directory, 'a b')], { encoding: 'utf8' }).stdout).toBe('checkout\nsecret\n')
})

test('another user, one group, no capability, and none to be had from a set-user-id program', () => {
  const status = run('cat /proc/self/status').stdout
  expect(status).toMatch(new RegExp(`^Uid:(\\s+${UID}){4}$`, 'm'))
  expect(status).toMatch(new RegExp(`^Gid:(\\s+${GID}){4}$`, 'm'))
  expect(status).toMatch(/^Groups:\s*$/m)
  expect(status.match(/^Cap\w+:\s+0000000000000000$/gm)).toHaveLength(5)
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
})

test('for a low port it keeps the one capability for that', () => {
  const status = run('cat /proc/self/status', { mayBindLowPorts: true }).stdout
  expect(status.match(/^Cap\w+:\s+0000000000000400$/gm)).toHaveLength(5)
})

test('where all may pass there is no namespace', () => {
  chmodSync(directory, 0o711)
  expect(run('readlink /proc/self/ns/mnt').stdout).toBe(
    spawnSync('readlink', ['/proc/self/ns/mnt'], { encoding: 'utf8' }).stdout,
  )
})

test('a mount of storage is not held: it is let go of, also where unmounts of the host do not reach', () => {
  const storage = path.join(directory, 'state/../storage')
  mkdirSync(storage)
  const mounted = run('cat /proc/self/mountinfo', { before: `mount -t tmpfs holdfast-storage '${storage}'` })
  expect(mounted.stdout).toContain(' / ')
  expect(mounted.stdout).not.toContain('holdfast-storage')
})

test('mounts of the system, and those that lead to a place, stay; of the others the topmost are named', () => {
  const line = (target: string) => `36 35 98:0 / ${target} rw - ext4 /dev/vda1 rw`
  const mountinfo = ['/', '/proc', '/dev/shm', '/usr', '/home', '/mnt/nas', '/mnt/nas/in\\040it', '/run', '/run/user/0']
    .map(line)
    .join('\n')
  expect(foreignMounts(mountinfo, ['/home/ada/holdfast'])).toEqual(['/mnt/nas', '/run/user/0'])
  expect(foreignMounts(line('/mnt/a\\040b'), [])).toEqual(['/mnt/a b'])
})

test('the topmost closed directory is found, and the own group counts as open', () => {
  const modes: Record<string, { mode: number; gid: number }> = {
    '/': { mode: 0o755, gid: 0 },
    '/root': { mode: 0o700, gid: 0 },
    '/root/x': { mode: 0o700, gid: 0 },
    '/srv': { mode: 0o750, gid: GID },
  }
  const stat = (file: string) => modes[file] ?? { mode: 0o755, gid: 0 }
  expect(closedAbove('/root/x/checkout', GID, stat)).toBe('/root')
  expect(closedAbove('/srv/checkout', GID, stat)).toBeNull()
  expect(closedAbove('/srv/checkout', GID + 1, stat)).toBe('/srv')
})
