/**
 * Stands in for WolfDisk 2.2, which no package repository has: `wolfdisk` and `wolfdiskctl` with the documented command line,
 * configuration file and status file, and nothing behind them. Nodes tell each other who they are over TCP; the lowest id
 * leads; files live in the memory of each node, so nothing is replicated. SIGHUP counts as a change that the node has made; a file
 * named `lags` in its data directory keeps it from taking over those of the leader.
 * Usage: node stand-in.ts <program for the file system> wolfdisk|wolfdiskctl [arguments of the real one]. Runs as it is under
 * Node, so it imports nothing of the project.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const [fileSystem = '', program = '', ...words] = process.argv.slice(2)

function fail(message: string, code = 1): never {
  process.stderr.write(`error: ${message}\n`)
  process.exit(code)
}

type Settings = Record<string, Record<string, unknown>>

/** Tables, strings, numbers, booleans and lists of strings: what a WolfDisk configuration has. */
function parseToml(text: string): Settings {
  const settings: Settings = {}
  let table: Record<string, unknown> = {}
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const name = /^\[(\w+)\]$/.exec(content)?.[1]
    if (name !== undefined) {
      table = settings[name] = {}
      continue
    }
    const { key = '', value = '' } = /^(?<key>\w+)\s*=\s*(?<value>.+)$/.exec(content)?.groups ?? {}
    try {
      table[key] = JSON.parse(value)
    } catch {
      fail(`TOML parse error at line ${index + 1}`)
    }
  }
  return settings
}

interface Said {
  node_id: string
  role: string
  index_version: number
}

function serveNode(settings: Settings, mountpoint: string): void {
  const { node = {}, cluster = {}, s3 = {} } = settings
  const id = String(node.id ?? 'node')
  const bind = String(node.bind ?? '0.0.0.0:9500')
  const dataDir = String(node.data_dir ?? '/var/lib/wolfdisk')
  const wanted = String(node.role ?? 'auto')
  if (s3.enabled === true) fail('the S3 gateway has no stand-in')
  if (!['auto', 'leader', 'follower', 'client'].includes(wanted))
    fail(`unknown variant \`${wanted}\`, expected one of …`)
  mkdirSync(dataDir, { recursive: true })
  const heard = new Map<string, { said: Said; at: number }>()
  const isClient = wanted === 'client'
  let indexVersion = 1

  const leader = (): string | null => {
    const voters = [...heard.values()].filter(({ said }) => said.role !== 'client').map(({ said }) => said.node_id)
    return [...voters, ...(isClient ? [] : [id])].sort()[0] ?? null
  }
  const role = (): string => (isClient ? 'client' : leader() === id ? 'leader' : 'follower')
  const say = (): Said => ({ node_id: id, role: role(), index_version: indexVersion })
  const at = bind.lastIndexOf(':')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(`${JSON.stringify(say())}\n`)
  })
  server.on('error', (error) => fail(`cannot bind ${bind}: ${error.message}`))
  server.listen(Number(bind.slice(at + 1)), bind.slice(0, at).replace(/[[\]]/g, ''))

  const ask = (peer: string): void => {
    const colon = peer.lastIndexOf(':')
    const socket = connect(Number(peer.slice(colon + 1)), peer.slice(0, colon).replace(/[[\]]/g, ''))
    let text = ''
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => {
      try {
        const said: Said = JSON.parse(text)
        // It is told of all nodes, and is one of them.
        if (said.node_id === id) return
        heard.set(peer, { said, at: Date.now() })
        if (said.node_id === leader() && !existsSync(`${dataDir}/lags`)) indexVersion = said.index_version
      } catch {
        // Not one of ours.
      }
    })
  }
  const tell = (): void => {
    const peers = [...heard].map(([address, { said, at }]) => ({
      node_id: said.node_id,
      address,
      role: said.role,
      is_leader: said.node_id === leader(),
      is_client: said.role === 'client',
      last_seen_secs_ago: Math.floor((Date.now() - at) / 1000),
    }))
    const status = {
      node_id: id,
      role: role(),
      state: isClient ? 'client' : 'running',
      bind_address: bind,
      leader_id: leader(),
      index_version: indexVersion,
      file_count: 0,
      total_size: 0,
      peers,
      updated_at: Math.floor(Date.now() / 1000),
    }
    writeFileSync(`${dataDir}/cluster_status.json.tmp`, JSON.stringify(status))
    renameSync(`${dataDir}/cluster_status.json.tmp`, `${dataDir}/cluster_status.json`)
  }
  const beat = () => {
    for (const peer of (cluster.peers as string[] | undefined) ?? []) ask(peer)
    tell()
  }
  const files = spawn(process.execPath, [fileSystem, 'wolfdisk', mountpoint, 'fuse'], { stdio: 'inherit' })
  files.on('exit', (code) => process.exit(code ?? 1))
  process.on('SIGHUP', () => {
    indexVersion++
  })
  process.on('SIGTERM', () => {
    spawnSync('umount', ['-i', mountpoint])
    files.kill('SIGKILL')
    process.exit(0)
  })
  // A killed node must not leave a file system behind that still answers.
  process.on('exit', () => files.kill('SIGKILL'))
  setInterval(beat, 1000)
  setTimeout(beat, 200)
}

function option(list: string[], ...names: string[]): string | undefined {
  const found = list.findIndex((word) => names.includes(word))
  return found < 0 ? undefined : list.splice(found, 2)[1]
}

function wolfdisk(): void {
  const command = words.find((word) => ['mount', 'unmount', 'status', 'init'].includes(word))
  const general = words.slice(0, command === undefined ? words.length : words.indexOf(command))
  const rest = command === undefined ? [] : words.slice(words.indexOf(command) + 1)
  const config = option(general, '--config', '-c') ?? '/etc/wolfdisk/config.toml'
  if (general.some((word) => word !== '--debug') || rest.includes('--config')) fail('unexpected argument found', 2)
  const mountpoint = option(rest, '--mountpoint', '-m')
  if (command === 'mount') serveNode(parseToml(readFileSync(config, 'utf8')), mountpoint ?? '/mnt/wolfdisk')
  else if (command === 'unmount') process.exit(spawnSync('fusermount3', ['-u', mountpoint ?? '']).status ?? 1)
  else fail('a subcommand is required', 2)
}

function wolfdiskctl(): void {
  const status = option(words, '--status-file', '-s') ?? '/var/lib/wolfdisk/cluster_status.json'
  const [command, source = '', mountpoint = ''] = words
  if (command === 'mount') {
    // Older plans name this form; the real program does not have it.
    const settings = source.endsWith('.toml') ? parseToml(readFileSync(source, 'utf8')) : { node: { data_dir: source } }
    serveNode(settings, mountpoint)
  } else if (command === 'status') {
    if (Date.now() - statSync(status).mtimeMs > 10_000) fail('the status file is stale; is wolfdisk running?')
    process.stdout.write(readFileSync(status))
  } else fail('a subcommand is required', 2)
}

if (words.includes('--help')) process.stdout.write(`${program} (stand-in)\n\nUsage: ${program} [OPTIONS] <COMMAND>\n`)
else if (program === 'wolfdisk') wolfdisk()
else wolfdiskctl()
