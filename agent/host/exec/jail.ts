import { type CommandName, locateCommand } from '@/agent/host/exec/commands'
import type { Command } from '@/lib/drivers/contract/mount-request'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import type { Confinement } from '@/lib/volume-engines/contract/engine'

/** Enough for a short run of `qemu-img` with any image of a sane size; its own code is mapped too. */
const MEMORY_BYTES = 1024 ** 3
/** Long work has up to 64 threads where the storage is slow, and the client of Ceph dozens more, each with a stack of its own. */
const LONG_MEMORY_BYTES = 4 * 1024 ** 3
/** An image that needs more to be looked into is an attack. */
const SHORT_CPU_SECONDS = 30

export interface JailPlan {
  programs: { mount: string; chroot: string; setpriv: string; prlimit: string }
  /** Absolute path. */
  command: string
  args: readonly string[]
  readable: readonly string[]
  writable: readonly string[]
  /** It shares the network of the host. */
  hasNetwork: boolean
  memoryBytes: number
  /** null: no limit. */
  cpuSeconds: number | null
}

/**
 * Runs inside new namespaces, as a process of its own: puts together a root that holds the libraries of the system, the program and
 * what it may see, and runs it there without rights. So it may use nothing from outside.
 *
 * Over `/sys`: always there, and nothing that anybody may hand over lies in it. What is mounted ends with the namespace.
 */
export function enterJail(plan: JailPlan): void {
  const fs = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path')
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const ROOT = '/sys'
  const fail = (what: string): never => {
    process.stderr.write(`holdfast: the confinement could not be made: ${what}\n`)
    return process.exit(125)
  }
  const must = (command: string, args: string[]): void => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
    if (status !== 0) fail(error?.message ?? stderr)
  }
  const entries: string[] = []
  const quoted = (word: string) =>
    word.replace(/[\s\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)
  const show = (from: string, to: string, options: string): void => {
    const place = `${ROOT}${to}`
    if (fs.statSync(from).isDirectory()) fs.mkdirSync(place, { recursive: true })
    else {
      fs.mkdirSync(path.dirname(place), { recursive: true })
      fs.writeFileSync(place, '')
    }
    entries.push(`${quoted(from)} ${quoted(place)} none bind,${options} 0 0`)
  }
  /** As the system has it: a link stays one. */
  const showSystem = (name: string): void => {
    const found = fs.lstatSync(name, { throwIfNoEntry: false })
    if (found === undefined) return
    if (found.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(name), `${ROOT}${name}`)
    else show(name, name, 'ro,nosuid,nodev')
  }

  must(plan.programs.mount, ['-t', 'tmpfs', '-o', 'size=1m,mode=755,nosuid,nodev', 'holdfast', ROOT])
  fs.mkdirSync(`${ROOT}/etc`)
  for (const name of ['/usr/lib', '/usr/lib64', '/lib', '/lib64', '/etc/ld.so.cache']) showSystem(name)
  for (const program of [plan.programs.setpriv, plan.command])
    show(fs.realpathSync(program), program, 'ro,nosuid,nodev')
  // QEMU tries on it how files are locked here, and complains in every log where it is missing.
  show('/dev/null', '/dev/null', 'nosuid,noexec')
  // A device stays usable as one.
  const kindOf = (one: string) => (fs.statSync(one).isBlockDevice() ? 'nosuid,noexec' : 'nosuid,nodev,noexec')
  for (const one of plan.readable) if (!plan.writable.includes(one)) show(one, one, `ro,${kindOf(one)}`)
  for (const one of plan.writable) show(one, one, kindOf(one))
  // How names become addresses; what a link leads to, since that place is not in here.
  for (const name of plan.hasNetwork ? ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf'] : [])
    if (fs.existsSync(name)) show(fs.realpathSync(name), name, 'ro,nosuid,nodev,noexec')
  fs.writeFileSync(`${ROOT}/etc/fstab`, `${entries.join('\n')}\n`)
  must(plan.programs.mount, ['--all', '--fstab', `${ROOT}/etc/fstab`])

  const limits = [`--as=${plan.memoryBytes}`, '--core=0', '--nofile=256', '--nproc=256']
  if (plan.cpuSeconds !== null) limits.push(`--cpu=${plan.cpuSeconds}`)
  // Images may belong to others than root, so what opens them for root stays.
  const rights = ['--no-new-privs', '--bounding-set=-all,+dac_override', '--inh-caps=-all']
  const inside = [plan.programs.setpriv, ...rights, '--', plan.command, ...plan.args]
  const { status, signal, error } = spawnSync(
    plan.programs.prlimit,
    [...limits, plan.programs.chroot, ROOT, ...inside],
    {
      stdio: 'inherit',
      // Else each thread reserves 64 MiB of what it may take.
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    },
  )
  if (error !== undefined) fail(error.message)
  if (signal !== null) process.stderr.write(`holdfast: ended by ${signal}\n`)
  process.exit(status ?? 128)
}

function located(name: CommandName): string {
  const path = locateCommand(name)
  if (path === null) {
    throw new HoldfastError('tool_missing', `The command ${name} is not installed on this host.`, {
      details: { command: name },
    })
  }
  return path
}

/**
 * The catalogued command that runs this catalogued one confined: in namespaces of its own, without network (`network`: with that of the
 * host), other processes, and files other than those named and the system's libraries, and without the rights of root. `isLong`: its
 * processor time has no limit, and it may take more memory.
 * Throws `tool_missing`.
 */
export function jailed(command: CommandName, args: readonly string[], confined: Confinement, isLong: boolean): Command {
  const plan: JailPlan = {
    programs: {
      mount: located('mount'),
      chroot: located('chroot'),
      setpriv: located('setpriv'),
      prlimit: located('prlimit'),
    },
    command: located(command),
    args,
    readable: confined.readable,
    writable: confined.writable ?? [],
    hasNetwork: confined.network ?? false,
    memoryBytes: isLong || confined.network ? LONG_MEMORY_BYTES : MEMORY_BYTES,
    cpuSeconds: isLong ? null : SHORT_CPU_SECONDS,
  }
  const namespaces = [
    '--mount',
    ...(confined.network ? [] : ['--net']),
    '--ipc',
    '--uts',
    '--pid',
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
  ]
  return {
    command: 'unshare',
    args: [...namespaces, '--', located('node'), '-e', programText(enterJail, [plan])],
  }
}
