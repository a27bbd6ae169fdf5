/** What the keeper of a program reads from `program.json`. */
export interface ProgramFile {
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** A file that it reads as its input. */
  input: string | null
}

/** `exit.json`: how the program ended. Without it, and without anybody who runs, it was killed together with its keeper. */
export interface ProgramExit {
  exitCode: number | null
  signal: string | null
  /** Its keeper was told to stop, by the agent or because the host goes down. */
  stopped: boolean
}

/** The lines of a program, numbered, in `output` and `output.1` before that. */
function openOutput(directory: string) {
  const fs = process.getBuiltinModule('node:fs')
  const OUTPUT_CAP = 256 * 1024
  const LINE_CAP = 8 * 1024
  let output = fs.openSync(`${directory}/output`, 'a', 0o600)
  let size = 0
  let count = 0
  const say = (line: string): void => {
    if (line.trim() === '') return
    const text = `${++count} ${line.slice(0, LINE_CAP)}\n`
    try {
      if (size > OUTPUT_CAP) {
        fs.renameSync(`${directory}/output`, `${directory}/output.1`)
        fs.closeSync(output)
        output = fs.openSync(`${directory}/output`, 'a', 0o600)
        size = 0
      }
      size += fs.writeSync(output, text)
    } catch {
      // No room: the line is lost, the program goes on.
    }
  }
  const follow = (stream: NodeJS.ReadableStream | null): void => {
    let rest = ''
    stream?.setEncoding('utf8')
    stream?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split(/\r?\n|\r/)
      rest = lines.pop()?.slice(0, LINE_CAP) ?? ''
      for (const line of lines) say(line)
    })
    stream?.once('end', () => say(rest))
  }
  return { say, follow }
}

/**
 * Keeps one program until it has ended: starts it, numbers the lines that it prints and tells
 * who runs (`state.json`) and how it ended. It is written to a file and runs as a process of its own, under systemd or not, which
 * outlives the agent; so it may use nothing from outside. Told to stop, it ends the program and all that is in its process group.
 */
export function keepProgram(directory: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn } = process.getBuiltinModule('node:child_process')
  const STOP_MS = 10_000
  const program: ProgramFile = JSON.parse(fs.readFileSync(`${directory}/program.json`, 'utf8'))
  let stopped = false

  const identify = (pid: number) => {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return { pid, startedAt: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '' }
  }
  /** A full tmpfs must not lose how the program ended: it is told as soon as there is room. */
  const tell = (file: string, content: unknown, then: () => void = () => undefined): void => {
    try {
      fs.writeFileSync(`${directory}/${file}.new`, JSON.stringify(content), { mode: 0o600 })
      fs.renameSync(`${directory}/${file}.new`, `${directory}/${file}`)
    } catch (error) {
      // Its directory was taken away: nobody wants to hear of it any more.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') then()
      else setTimeout(() => tell(file, content, then), 1_000)
      return
    }
    then()
  }
  const { say, follow } = openOutput(directory)

  const self = identify(process.pid)
  tell('state.json', { supervisor: self, daemon: null, ended: false })
  const env = Object.assign({} as NodeJS.ProcessEnv, program.env, {
    LC_ALL: 'C',
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  })
  const input = program.input === null ? 'ignore' : fs.openSync(program.input, 'r')
  // In a process group of its own, so that what it starts ends with it.
  const child = spawn(program.command, [...program.args], {
    env,
    cwd: '/',
    detached: true,
    stdio: [input, 'pipe', 'pipe'],
  })
  const signalGroup = (name: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // Nobody is left in it.
    }
  }
  follow(child.stdout)
  follow(child.stderr)
  if (child.pid !== undefined) tell('state.json', { supervisor: self, daemon: identify(child.pid), ended: false })
  let exit: { exitCode: number | null; signal: string | null } = { exitCode: null, signal: null }
  let isTold = false
  const end = (): void => {
    if (isTold) return
    isTold = true
    signalGroup('SIGKILL')
    tell('exit.json', { ...exit, stopped }, () => process.exit(0))
  }
  child.once('error', (error) => {
    say(error.message)
    end()
  })
  child.once('exit', (exitCode, signal) => {
    exit = { exitCode, signal }
    // Its output may be held open by a helper that it left behind.
    setTimeout(end, 500)
  })
  child.once('close', end)
  process.on('SIGTERM', () => {
    stopped = true
    signalGroup('SIGTERM')
    setTimeout(() => signalGroup('SIGKILL'), STOP_MS)
  })
}

/** What `keepProgram` uses, for the text of its program. */
export const KEEPER_PARTS = [openOutput] as const
