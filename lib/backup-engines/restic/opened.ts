import type { BackupHost, OpenRepository, RepositoryPlace } from '@/lib/backup-engines/contract/engine'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** What every run on a repository is given. Secrets are in files alone: arguments and environments can be read by others. */
export interface Opened {
  args: readonly string[]
  /** Where a value is one of `files`, it is named as `{name}`. */
  env: Readonly<Record<string, string>>
  /** By name. */
  files: Readonly<Record<string, Secret>>
}

/** For people, and for the words of problems. */
export function placeWords(place: RepositoryPlace): string {
  return place.kind === 'directory'
    ? place.path
    : [place.endpoint, place.bucket, place.prefix].filter(Boolean).join('/')
}

/** As restic wants it. */
function locationOf(place: RepositoryPlace): string {
  if (place.kind === 'directory') {
    if (!place.path.startsWith('/')) throw new HoldfastError('internal', 'The place of a repository is not absolute.')
    return place.path
  }
  return `s3:${placeWords(place)}`
}

/** Throws `invalid_input` for keys that no file of keys can hold. */
function keysFile({ accessKeyId, secretAccessKey }: RepositoryPlace & { kind: 's3' }): Secret {
  const secret = reveal(secretAccessKey)
  if (/[\r\n`]/.test(accessKeyId + secret)) {
    throw new HoldfastError(
      'invalid_input',
      'The keys of the bucket have a line break or a backtick in them: make others.',
    )
  }
  return new Secret(`[default]\naws_access_key_id = \`${accessKeyId}\`\naws_secret_access_key = \`${secret}\`\n`)
}

/** Its output is for programs to read, and comes every second. */
const EVERY_SECOND = { RESTIC_PROGRESS_FPS: '1' }

export function opened(repository: OpenRepository): Opened {
  const { place, password, cacheDirectory } = repository
  const cache = cacheDirectory === null ? ['--no-cache'] : ['--cache-dir', cacheDirectory, '--cleanup-cache']
  const env = { ...EVERY_SECOND, RESTIC_REPOSITORY: locationOf(place), RESTIC_PASSWORD_FILE: '{password}' }
  if (place.kind === 'directory') return { args: cache, env, files: { password } }
  return {
    args: [...cache, ...(place.ca === null ? [] : ['--cacert', '{authorities.pem}'])],
    env: {
      ...env,
      AWS_SHARED_CREDENTIALS_FILE: '{keys}',
      ...(place.region === null ? {} : { AWS_DEFAULT_REGION: place.region }),
    },
    files: {
      password,
      keys: keysFile(place),
      ...(place.ca === null ? {} : { 'authorities.pem': new Secret(place.ca) }),
    },
  }
}

/** With the repository that is copied from. Throws `restic.two_buckets`. */
export function openedWithSource(to: OpenRepository, from: OpenRepository): Opened {
  const [target, source] = [opened(to), opened(from)]
  if (to.place.kind === 's3' && from.place.kind === 's3' && !isSameAccess(to.place, from.place)) {
    throw new ProblemError('restic.two_buckets', {})
  }
  const { RESTIC_REPOSITORY = '', ...rest } = source.env
  return {
    args: [...target.args, ...source.args.filter((word) => !target.args.includes(word) && isAuthority(word))],
    env: {
      ...rest,
      ...target.env,
      RESTIC_FROM_REPOSITORY: RESTIC_REPOSITORY,
      RESTIC_FROM_PASSWORD_FILE: '{from-password}',
    },
    files: { ...source.files, ...target.files, 'from-password': from.password },
  }
}

type Bucket = RepositoryPlace & { kind: 's3' }

function isSameAccess(a: Bucket, b: Bucket): boolean {
  const keys = ({ accessKeyId, secretAccessKey, region, ca }: Bucket) =>
    JSON.stringify([accessKeyId, reveal(secretAccessKey), region, ca])
  return keys(a) === keys(b)
}

function isAuthority(word: string): boolean {
  return word === '--cacert' || word === '{authorities.pem}'
}

/** With the paths of its files in their places. */
export function placed(opened: Opened, pathOf: (name: string) => string): Pick<Opened, 'args' | 'env'> {
  const names = Object.keys(opened.files)
  const place = (word: string) => {
    const name = names.find((each) => word === `{${each}}`)
    return name === undefined ? word : pathOf(name)
  }
  return {
    args: opened.args.map(place),
    env: Object.fromEntries(Object.entries(opened.env).map(([name, value]) => [name, place(value)])),
  }
}

/** Runs something with the files of it in memory, which are gone afterwards. */
export async function withFiles<T>(
  host: BackupHost,
  opened: Opened,
  work: (of: Pick<Opened, 'args' | 'env'>) => Promise<T>,
): Promise<T> {
  const made = new Map<string, Awaited<ReturnType<BackupHost['secretFile']>>>()
  try {
    for (const [name, content] of Object.entries(opened.files)) made.set(name, await host.secretFile(content))
    return await work(placed(opened, (name) => made.get(name)?.path ?? ''))
  } finally {
    for (const file of made.values()) await file.done()
  }
}
