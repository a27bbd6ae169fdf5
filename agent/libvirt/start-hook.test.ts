import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { removeHooks, StartHook } from './start-hook'

let directory: string
let version: string | null
const reload = vi.fn(async () => undefined)
const hooks = () => join(directory, 'libvirt/hooks')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-hook-'))
  mkdirSync(join(directory, 'libvirt'))
  version = '9.0.0'
  reload.mockClear()
})
afterEach(() => rmSync(directory, { recursive: true }))

function open(): StartHook {
  return new StartHook({
    program: ['/opt/a b/agent'],
    stateDir: "/var/lib/it's",
    version: async () => version,
    reload,
    onError: (error) => {
      throw error
    },
    directory: hooks(),
  })
}

async function kept(places: readonly string[], hook = open()): Promise<StartHook> {
  vi.useFakeTimers()
  hook.keep(places)
  vi.advanceTimersByTime(1_000)
  vi.useRealTimers()
  await hook.close()
  return hook
}

const RAN = 'the agent was asked'
/** What the hook does for such a definition, with an agent that refuses. */
function run(file: string, definition: string, operation = ['prepare', 'begin']): string | null {
  const agent = join(directory, 'agent')
  writeFileSync(agent, `#!/bin/sh\necho "${RAN} $*" >&2\nexit 1\n`)
  chmodSync(agent, 0o755)
  const script = readFileSync(file, 'utf8').replace("'/opt/a b/agent'", `'${agent}'`)
  try {
    execFileSync('sh', ['-c', script, 'hook', 'name', ...operation, '-'], { input: definition, stdio: 'pipe' })
    return null
  } catch (error) {
    return String((error as { stderr: unknown }).stderr)
  }
}

it('asks the agent for machines that name something of ours, and for no others', async () => {
  await kept(["/mnt/it's <new> & co", '/srv/a'])
  const file = join(hooks(), 'qemu.d/holdfast')
  expect(reload).toHaveBeenCalledTimes(1)
  const ours = "<source file='/mnt/it&apos;s &lt;new&gt; &amp; co/disk.img'/>"
  expect(run(file, ours)).toBe(`${RAN} gate --state-dir /var/lib/it's\n`)
  expect(run(file, "<source dir='//srv///a'/>")).toContain(RAN)
  expect(run(file, "<source dev='/dev/group/vol_01kb7z3n9q0000000000000abc'/>")).toContain(RAN)
  expect(run(file, "<source file='/var/lib/libvirt/images/a.img'/>")).toBeNull()
  expect(run(file, '')).toBeNull()
  expect(run(file, ours, ['release', 'end'])).toBeNull()
})

it('is written anew for other mounts, without libvirt looking again, and goes with the last one', async () => {
  await kept(['/srv/a'])
  await kept(['/srv/b'])
  expect(reload).toHaveBeenCalledTimes(1)
  expect(readFileSync(join(hooks(), 'qemu.d/holdfast'), 'utf8')).toContain('\n/srv/b\n')
  await kept([])
  expect(existsSync(join(hooks(), 'qemu.d/holdfast'))).toBe(false)
})

it('leaves the hook of somebody else alone, and says so', async () => {
  version = '6.0.0'
  mkdirSync(hooks())
  writeFileSync(join(hooks(), 'qemu'), '#!/bin/sh\n')
  expect((await kept(['/srv/a'])).problem).toContain('is a hook of somebody else')
  removeHooks(hooks())
  expect(readFileSync(join(hooks(), 'qemu'), 'utf8')).toBe('#!/bin/sh\n')
  rmSync(join(hooks(), 'qemu'))
  expect((await kept(['/srv/a'])).problem).toBeNull()
  expect(readFileSync(join(hooks(), 'qemu'), 'utf8')).toContain('/srv/a')
})

it('waits for a libvirt that does not answer, and does nothing where there is none', async () => {
  version = null
  await kept(['/srv/a'])
  expect(existsSync(hooks())).toBe(false)
  version = '9.0.0'
  rmSync(join(directory, 'libvirt'), { recursive: true })
  await kept(['/srv/a'])
  expect(existsSync(join(directory, 'libvirt'))).toBe(false)
})
