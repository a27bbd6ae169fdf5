import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { z } from 'zod'
import type { BindSourceRule } from '@/agent/host/mounting/paths'
import { closedTrees, createSourceRule, DEFAULT_SOURCE_ROOTS, privateTreeAround } from '@/agent/policy/source-rule'
import { HoldfastError } from '@/lib/errors'
import { closedNetworks, HOST_ITSELF, isLocalNetwork, isNetwork, localKind, networkMatcher } from '@/lib/networks'

export const DEFAULT_POLICY_FILE = '/etc/holdfast/agent.json'

/** Trees of the operating system. No policy can open them: a mount over one of them takes the host down or takes it over. */
const SYSTEM_TREES = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
]

function isPlainPath(value: string): boolean {
  return value.startsWith('/') && value !== '/' && path.posix.normalize(value) === value && !value.endsWith('/')
}

function isUnder(child: string, parent: string): boolean {
  return child === parent || child.startsWith(`${parent}/`)
}

function systemTreeOf(value: string): string | undefined {
  return SYSTEM_TREES.find((tree) => isUnder(value, tree) || isUnder(tree, value))
}

function hasControlCharacter(value: string): boolean {
  for (const char of value) if (char.charCodeAt(0) < 0x20 || char.charCodeAt(0) === 0x7f) return true
  return false
}

const PlainPath = z
  .string()
  .max(4096)
  .refine((value) => isPlainPath(value) && !hasControlCharacter(value), {
    message: 'must be an absolute path without ".." and without a slash at the end',
  })

const MountRoot = PlainPath.refine((value) => systemTreeOf(value) === undefined, {
  message: 'lies in a tree of the operating system, which is never open for mounts',
})

const SourceRoot = PlainPath.refine((value) => privateTreeAround(value) === undefined, {
  message: 'lies in a tree whose content is never handed out',
})

const Network = z.string().refine(isNetwork, {
  message: 'must be an address or a network such as 10.0.0.0/8 or fd00::/8',
})

const LocalNetwork = Network.refine(isLocalNetwork, {
  message:
    'must be a part of loopback, of link-local or of another network that is closed by itself, such as 127.0.0.0/8',
})

const PolicyDocument = z.strictObject({
  /** Mountpoints must lie below one of these. */
  mountRoots: z.array(MountRoot).min(1).default(['/mnt', '/srv', '/media']),
  /** Directories of this host that are bound elsewhere must lie below one of these. */
  sourceRoots: z.array(SourceRoot).default(DEFAULT_SOURCE_ROOTS),
  /** Storage types that may be used here. Absent: all. */
  drivers: z.array(z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be the id of a storage type, such as nfs')).optional(),
  /** Networks that storage may be reached in. Absent: all but the denied ones. */
  networks: z.array(Network).optional(),
  /** May the controller replace the agent by the version that it has? */
  agentUpdates: z.boolean().default(true),
  /** May people look at the screens of the machines of this host, and type there, through Holdfast? */
  screens: z.boolean().default(true),
  /** What is closed by itself and open here all the same. */
  allow: z
    .strictObject({
      networks: z.array(LocalNetwork).default([]),
      /** Daemons that nothing on this host can keep from denied addresses may run: WolfDisk where there is no systemd. */
      unfilteredDaemons: z.boolean().default(false),
    })
    .prefault({}),
  /** Exceptions from what is allowed above. */
  deny: z
    .strictObject({
      mountPoints: z.array(PlainPath).default([]),
      sources: z.array(PlainPath).default([]),
      networks: z.array(Network).default([]),
    })
    .prefault({}),
})
export type PolicyDocument = z.infer<typeof PolicyDocument>

/** What the administrator of this host allows, whoever asks. Every check throws `policy_denied`. */
export interface Policy {
  readonly mountRoots: readonly string[]
  readonly sourceRoots: readonly string[]
  readonly drivers: readonly string[] | null
  readonly networks: readonly string[] | null
  checkDriver(driver: string): void
  readonly allowsAgentUpdates: boolean
  /** The controller wants to replace the agent. */
  checkAgentUpdate(): void
  /** Somebody wants to see the screen of a machine. */
  checkScreens(): void
  /** Lexical. That no component on the way is a symbolic link is checked where the directory is made. */
  checkMountPoint(mountPoint: string): void
  /** Trees in which nothing is mounted by a second name either, which a bind mount gives them. */
  closedToMounts(): readonly string[]
  readonly sources: BindSourceRule
  /** An IP address that storage answers at. */
  checkAddress(address: string): void
  /** Everything that `checkAddress` refuses, for the daemons, which connect by themselves. */
  readonly closedNetworks: readonly string[]
  /** Whether daemons may run that nothing keeps from those. */
  readonly allowsUnfilteredDaemons: boolean
}

/** `ownDirectories`: state of Holdfast on this machine. `file`: where the document is from, for the words of a refusal. */
export function createPolicy(
  document: PolicyDocument,
  ownDirectories: readonly string[] = [],
  file: string = DEFAULT_POLICY_FILE,
): Policy {
  const closed = closedNetworks({
    allowed: document.networks,
    opened: document.allow.networks,
    denied: document.deny.networks,
  })
  const isClosed = networkMatcher(closed)
  const isNamed = networkMatcher(document.deny.networks)
  const deny = (message: string) => new HoldfastError('policy_denied', message)
  const denyPlace = (message: string) =>
    new HoldfastError('policy_denied', message, { details: { policy: 'mountRoots' } })

  /** The administrator of this host alone can open it, so that the refusal says how. */
  const closedByItself = (address: string, what: string) =>
    new HoldfastError(
      'policy_denied',
      `Storage cannot be at ${address}: it is ${what}. If it is meant, name it under allow.networks in ${file} on this host.`,
      what === HOST_ITSELF ? { details: { opens: address, policyFile: file } } : {},
    )

  return {
    mountRoots: document.mountRoots,
    sourceRoots: document.sourceRoots,
    drivers: document.drivers ?? null,
    networks: document.networks ?? null,
    sources: createSourceRule({
      roots: document.sourceRoots,
      denied: document.deny.sources,
      own: ownDirectories,
      file,
    }),

    checkDriver(driver) {
      if (document.drivers && !document.drivers.includes(driver)) {
        throw deny(`The policy of this host does not allow the storage type ${driver}.`)
      }
    },

    allowsAgentUpdates: document.agentUpdates,

    checkAgentUpdate() {
      if (document.agentUpdates) return
      const how = 'run "holdfast-agent install" of the new version here'
      throw deny(
        `The policy of this host leaves updates of its agent to its administrator: ${how} (agentUpdates in ${file}).`,
      )
    },

    checkScreens() {
      if (document.screens) return
      throw deny(`The policy of this host keeps the screens of its machines to itself (screens in ${file}).`)
    },

    checkMountPoint(mountPoint) {
      if (!isPlainPath(mountPoint) || hasControlCharacter(mountPoint)) {
        throw new HoldfastError(
          'invalid_input',
          'The mountpoint must be an absolute path without ".." or control characters.',
          {
            fields: [{ field: 'mountPoint', message: 'Write an absolute path such as /mnt/backups.' }],
          },
        )
      }
      if (
        systemTreeOf(mountPoint) !== undefined ||
        ownDirectories.some((own) => isUnder(mountPoint, own) || isUnder(own, mountPoint))
      ) {
        throw denyPlace(`${mountPoint} lies in a tree of the operating system or of Holdfast itself.`)
      }
      if (!document.mountRoots.some((root) => mountPoint !== root && isUnder(mountPoint, root))) {
        throw denyPlace(
          `${mountPoint} is not below ${document.mountRoots.join(', ')}, which is where this host allows mounts (mountRoots in ${file}).`,
        )
      }
      if (document.deny.mountPoints.some((kept) => isUnder(mountPoint, kept) || isUnder(kept, mountPoint))) {
        throw denyPlace(`The policy of this host keeps ${mountPoint} for something else.`)
      }
    },

    checkAddress(address) {
      // Without the interface of a link-local one.
      const plain = address.split('%')[0] ?? address
      if (isIP(plain) === 0) throw new HoldfastError('invalid_input', `${address} is not an IP address.`)
      if (!isClosed(plain)) return
      const local = localKind(plain)
      if (local !== null && !isNamed(plain)) throw closedByItself(plain, local)
      if (isNamed(plain) || document.networks === undefined)
        throw deny(`The policy of this host denies storage at ${plain}.`)
      throw deny(`${plain} is in none of the networks that this host allows for storage.`)
    },

    closedToMounts: () => closedTrees(ownDirectories, document.deny.mountPoints),

    closedNetworks: closed,
    allowsUnfilteredDaemons: document.allow.unfilteredDaemons,
  }
}

function fieldName(issue: z.core.$ZodIssue): string {
  const at = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const unknown = issue.code === 'unrecognized_keys' ? `.${issue.keys[0]}` : ''
  return `${at}${unknown}`.replace(/^\./, '') || 'the document'
}

/** Text of the policy file into a document; the error names the file and the first bad field. */
export function parsePolicy(text: string, file: string): PolicyDocument {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new HoldfastError(
      'invalid_input',
      `${file} is not valid JSON; the agent does not run without a policy it can read.`,
    )
  }
  const parsed = PolicyDocument.safeParse(content)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (!issue) throw new HoldfastError('invalid_input', `${file} is not a policy.`)
  const what = issue.code === 'unrecognized_keys' ? 'is not a known setting' : issue.message
  throw new HoldfastError('invalid_input', `${file}: ${fieldName(issue)} ${what}.`)
}

/**
 * Reads the policy. Without a file at the default place the defaults hold; a file that was named must exist, and one that is there
 * must be readable and right: a mistake in it never means "everything is allowed".
 */
export function readPolicy(file: string = DEFAULT_POLICY_FILE, ownDirectories: readonly string[] = []): Policy {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    if (code === 'ENOENT' && file === DEFAULT_POLICY_FILE)
      return createPolicy(parsePolicy('{}', file), ownDirectories, file)
    throw new HoldfastError('invalid_input', `The policy file ${file} cannot be read (${code}).`, { cause: error })
  }
  return createPolicy(parsePolicy(text, file), ownDirectories, file)
}
