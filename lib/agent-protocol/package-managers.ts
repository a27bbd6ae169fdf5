/** Families of distributions, by whose names packages go. */
export type Distribution = 'debian' | 'ubuntu' | 'rhel' | 'fedora' | 'suse' | 'arch' | 'alpine'

export interface PackageManager {
  command: 'apt-get' | 'dnf' | 'zypper' | 'pacman' | 'apk'
  /** Brings the lists of packages up to date first. */
  refresh: readonly string[] | null
  install(packages: readonly string[]): string[]
  env?: Record<string, string>
}

const DNF: PackageManager = { command: 'dnf', refresh: null, install: (packages) => ['install', '-y', ...packages] }

/** Never asks a question, keeps configuration files that the administrator has changed, waits two minutes for another run. */
const APT: PackageManager = {
  command: 'apt-get',
  refresh: ['-q', '-o', 'DPkg::Lock::Timeout=120', 'update'],
  install: (packages) => [
    '-q',
    '-y',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    '--no-install-recommends',
    'install',
    ...packages,
  ],
  env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', HOME: '/root' },
}

/** What the agent runs and the console shows before. */
export const PACKAGE_MANAGERS: Record<Distribution, PackageManager> = {
  debian: APT,
  ubuntu: APT,
  rhel: DNF,
  fedora: DNF,
  suse: {
    command: 'zypper',
    refresh: null,
    install: (packages) => ['--non-interactive', 'install', '--no-recommends', ...packages],
  },
  arch: {
    command: 'pacman',
    refresh: null,
    install: (packages) => ['-Sy', '--noconfirm', '--needed', ...packages],
  },
  alpine: { command: 'apk', refresh: null, install: (packages) => ['add', ...packages] },
}

/** The family that a word of /etc/os-release names (ID, or one of ID_LIKE); null for one that is not known. */
export function familyNamed(word: string): Distribution | null {
  if (word === 'ubuntu' || word === 'debian' || word === 'fedora' || word === 'arch' || word === 'alpine') return word
  if (word === 'rhel' || word === 'centos' || word === 'rocky' || word === 'almalinux') return 'rhel'
  return word.includes('suse') || word === 'sles' ? 'suse' : null
}

/** The commands that install these packages on a distribution, word for word; null when its family is not known. */
export function installCommands(distributionId: string, packages: readonly string[]): string[] | null {
  const family = familyNamed(distributionId)
  if (family === null) return null
  const { command, refresh, install } = PACKAGE_MANAGERS[family]
  return [...(refresh ? [refresh] : []), install(packages)].map((args) => `${command} ${args.join(' ')}`)
}
