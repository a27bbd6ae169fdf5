import type { Cage, OpenCage } from './cage'

/** What the supervisor reads from `unit.json`; the agent writes it. */
export interface SupervisedUnit {
  command: string
  args: readonly string[]
  env: Record<string, string>
  target: string
  umount: string
  /** null: the daemon is in the network of this machine, since it connects to nobody. */
  cage: Cage | null
}

/** `state.json`: who runs. Start times tell a process from a later one with the same number. */
export interface SupervisorState {
  supervisor: { pid: number; startedAt: string }
  daemon: { pid: number; startedAt: string } | null
  /** The daemon ended for good: by itself (exit 0), or before it had ever mounted. */
  ended: boolean
}

/**
 * Keeps one FUSE daemon running where there is no systemd. It is written to a file and started as a process of its own, which
 * outlives the agent; so it may use nothing from outside. Exit 0 of the daemon means that it was unmounted: it stays down.
 * Before the agent has seen the mount (`ready` file) a failure is final; afterwards the dead endpoint is cleared and the
 * daemon starts again.
 */
export function superviseFuse(
  directory: string,
  openCage: (directory: string, cage: Cage, log: number) => Promise<OpenCage>,
): void {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn, spawnSync } = process.getBuiltinModule('node:child_process')
  const LOG_CAP = 1024 * 1024
  const unit: SupervisedUnit = JSON.parse(fs.readFileSync(`${directory}/unit.json`, 'utf8'))
  const env = Object.assign({} as NodeJS.ProcessEnv, unit.env, { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })
  const log = fs.openSync(`${directory}/log`, 'a', 0o600)
  let stopping = false
  let failures = 0
  let daemon: import('node:child_process').ChildProcess | null = null

  const startTime = (pid: number): string => {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  }
  const self = { pid: process.pid, startedAt: startTime(process.pid) }
  let untold: NodeJS.Timeout | undefined
  // A full tmpfs must not end what keeps a mount alive: it is told as soon as there is room.
  const tell = (state: Omit<SupervisorState, 'supervisor'>): void => {
    clearTimeout(untold)
    try {
      fs.writeFileSync(`${directory}/state.json.new`, JSON.stringify({ supervisor: self, ...state }), { mode: 0o600 })
      fs.renameSync(`${directory}/state.json.new`, `${directory}/state.json`)
    } catch {
      untold = setTimeout(() => tell(state), 1_000)
    }
  }
  const end = (): void => {
    tell({ daemon: null, ended: true })
    process.exit(0)
  }
  const onEnd = (code: number | null, startedAt: number): void => {
    daemon = null
    if (stopping || code === 0 || !fs.existsSync(`${directory}/ready`)) {
      end()
      return
    }
    failures = Date.now() - startedAt > 60_000 ? 0 : failures + 1
    spawnSync(unit.umount, ['-c', '-i', '--', unit.target], { env, timeout: 5_000, killSignal: 'SIGKILL' })
    tell({ daemon: null, ended: false })
    setTimeout(launch, Math.min(30_000, 250 * 2 ** Math.min(failures - 1, 7)))
  }
  const run = (words: readonly string[], more: Record<string, string>, startedAt: number) => {
    const [program = '', ...args] = words
    const options = { env: { ...env, ...more }, cwd: '/', detached: true }
    const child = spawn(program, args, { ...options, stdio: ['ignore', log, log] })
    daemon = child
    if (child.pid !== undefined) tell({ daemon: { pid: child.pid, startedAt: startTime(child.pid) }, ended: false })
    child.once('error', () => onEnd(null, startedAt))
    child.once('exit', (code) => onEnd(code, startedAt))
    return child
  }
  const launch = (): void => {
    const startedAt = Date.now()
    const words = [unit.command, ...unit.args]
    if (unit.cage === null) {
      run(words, {}, startedAt)
      return
    }
    tell({ daemon: null, ended: false })
    openCage(directory, unit.cage, log).then(
      (cage) => {
        if (stopping) return end()
        const child = run([...cage.enter, ...words], cage.env, startedAt)
        child.once('exit', () => cage.close())
        if (child.pid !== undefined) cage.tell({ pid: child.pid, startedAt: startTime(child.pid) })
        // Without its keeper the daemon could not be asked any more; it starts again with a new one.
        void cage.gone.then(() => child.kill('SIGKILL'))
      },
      (error: Error) => {
        fs.writeSync(log, `holdfast: ${error.message}\n`)
        onEnd(null, startedAt)
      },
    )
  }
  process.on('SIGTERM', () => {
    stopping = true
    if (daemon === null) {
      end()
      return
    }
    const child = daemon
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 15_000)
  })
  // Appending writers cope with a file that is cut under them.
  setInterval(() => {
    if (fs.fstatSync(log).size > LOG_CAP) fs.ftruncateSync(log, 0)
  }, 60_000)
  launch()
}
