/** What can have happened to a file. `unreadable` is, also for root, a directory in its place. */
export const DAMAGES = ['missing', 'empty', 'truncated', 'unreadable', 'foreign'] as const
export type Damage = (typeof DAMAGES)[number]

/** The parts of Holdfast that read files of the state directory. */
export type Reader = 'supervisor' | 'controller' | 'web' | 'agent'

export interface StateFile {
  /** Path in the state directory. */
  path: RegExp
  /** The file that stands for all of the row; undefined: nothing reads it, or only its own program does. */
  example?: string
  reader: Reader
  /**
   * `runs`: all parts start, and what was missing is made anew where it is needed. A pattern: the reader refuses with a sentence
   * that names file and cure, the others start. A text: why this cell is not tried.
   */
  cells: Record<Damage, 'runs' | RegExp | { untried: string }>
}

const RUNS = { missing: 'runs', empty: 'runs', truncated: 'runs', unreadable: 'runs', foreign: 'runs' } as const
const PART_OF_DATABASE = {
  untried: 'SQLite cannot tell whose log it is; a database is put back as a whole (docs/database.md)',
}
const LOG_STREAM = { untried: 'what a log cannot take is dropped and counted, see the tests of the log streams' }
const OWN_CACHE = { untried: 'Node checks its compiled code by itself, and compiles anew' }

function all(answer: { untried: string }): StateFile['cells'] {
  return { missing: answer, empty: answer, truncated: answer, unreadable: answer, foreign: answer }
}

/**
 * Every file of the state directory, and what happens at a start when it is not as it was left. A file that a started product has
 * and that is not in here fails e2e/api/separate-users.test.ts: decide what a start does without it, and add its row.
 */
export const STATE_FILES: readonly StateFile[] = [
  {
    path: /^holdfast\.db$/,
    example: 'holdfast.db',
    reader: 'controller',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: /holdfast\.db is damaged .* restore it from a backup, or move it away, with its -wal and -shm/,
      unreadable: /holdfast\.db is not a file; move it away/,
      foreign: /authority in .*controller belongs to another installation .* Set HOLDFAST_CONTROLLER_DIR or/,
    },
  },
  {
    path: /^holdfast\.db-wal$/,
    example: 'holdfast.db-wal',
    reader: 'controller',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: 'runs',
      unreadable: /holdfast\.db-wal is not a file; move it away/,
      foreign: PART_OF_DATABASE,
    },
  },
  {
    path: /^holdfast\.db-shm$/,
    example: 'holdfast.db-shm',
    reader: 'controller',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: 'runs',
      unreadable: /holdfast\.db-shm is not a file; move it away/,
      foreign: 'runs',
    },
  },
  // Copies from before an update of the database; nothing reads them.
  { path: /^holdfast\.db\.before-/, reader: 'controller', cells: RUNS },
  {
    path: /^controller\/authority\.json$/,
    example: 'controller/authority.json',
    reader: 'controller',
    cells: {
      missing: /authority\.json is missing from .*Restore the directory from a backup/,
      empty: /authority\.json in .* is damaged\. Restore it from a backup/,
      truncated: /authority\.json in .* is damaged\. Restore it from a backup/,
      unreadable: /authority\.json cannot be read \(EISDIR\)\. .* restore it from a backup/,
      foreign: /authority in .*controller belongs to another installation .* Set HOLDFAST_CONTROLLER_DIR or/,
    },
  },
  {
    path: /^controller\/sealing-keys\.json$/,
    example: 'controller/sealing-keys.json',
    reader: 'controller',
    cells: {
      missing: /sealing-keys\.json is missing from .*Restore it from a backup\. .*secrets forget/,
      empty: /sealing-keys\.json in .* is damaged\. Restore it from a backup/,
      truncated: /sealing-keys\.json in .* is damaged\. Restore it from a backup/,
      unreadable: /sealing-keys\.json cannot be read \(EISDIR\)\. .* restore it from a backup/,
      foreign: /sealing-keys\.json in .* is of another installation\. Restore the one .*secrets forget/,
    },
  },
  // A mark that old secrets have been given their destinations; without it that is looked at once more.
  {
    path: /^controller\/secrets-have-destinations\.json$/,
    example: 'controller/secrets-have-destinations.json',
    reader: 'controller',
    cells: { ...RUNS, unreadable: /secrets-have-destinations\.json cannot be read \(EISDIR\)/ },
  },
  {
    path: /^web\/session-secret$/,
    example: 'web/session-secret',
    reader: 'web',
    cells: {
      missing: 'runs',
      empty: /session-secret is damaged; move it away and sign in again/,
      truncated: /session-secret is damaged; move it away and sign in again/,
      unreadable: /session-secret cannot be read \(EISDIR\); .* move it away/,
      foreign: 'runs',
    },
  },
  {
    path: /^agent\/identity\.json$/,
    example: 'agent/identity.json',
    reader: 'agent',
    cells: {
      missing: 'runs',
      empty: /identity\.json is damaged\. Restore it from a backup, or move it away/,
      truncated: /identity\.json is damaged\. Restore it from a backup, or move it away/,
      unreadable: /identity\.json cannot be read \(EISDIR\)\. Restore it from a backup, or move it away/,
      // Enrolled anew by the supervisor: e2e/api/damaged-state.test.ts.
      foreign: 'runs',
    },
  },
  {
    path: /^agent\/pending-key\.pem$/,
    example: 'agent/pending-key.pem',
    reader: 'agent',
    cells: { ...RUNS, unreadable: /pending-key\.pem cannot be read \(EISDIR\)\. .* move it away/ },
  },
  {
    path: /^agent\/host\.key$/,
    example: 'agent/host.key',
    reader: 'agent',
    cells: {
      missing: /host\.key is missing, and .*journal\.db can be read with it alone\. Restore it .* move .* away/,
      empty: /host\.key is damaged: .* Restore it from a backup, or move it and the journal/,
      truncated: /host\.key is damaged: .* Restore it from a backup, or move it and the journal/,
      unreadable: /host\.key is damaged: .* Restore it from a backup, or move it and the journal/,
      foreign: /host\.key does not open the journal .*journal\.db: .* Restore the two that belong together/,
    },
  },
  {
    path: /^agent\/journal\.db$/,
    example: 'agent/journal.db',
    reader: 'agent',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: /journal\.db cannot be opened\. Move it away, with its -wal and -shm/,
      unreadable: /journal\.db cannot be opened\. Move it away, with its -wal and -shm/,
      foreign: /host\.key does not open the journal .*journal\.db: .* Restore the two that belong together/,
    },
  },
  {
    path: /^agent\/journal\.db-wal$/,
    example: 'agent/journal.db-wal',
    reader: 'agent',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: 'runs',
      unreadable: /journal\.db cannot be opened\. Move it away/,
      foreign: PART_OF_DATABASE,
    },
  },
  {
    path: /^agent\/journal\.db-shm$/,
    example: 'agent/journal.db-shm',
    reader: 'agent',
    cells: {
      missing: 'runs',
      empty: 'runs',
      truncated: 'runs',
      unreadable: /journal\.db cannot be opened\. Move it away/,
      foreign: 'runs',
    },
  },
  // Kept by the supervisor after the agent was enrolled anew; nothing reads it.
  { path: /^agent\/identity\.json\.of-/, reader: 'agent', cells: RUNS },
  { path: /^run\/supervisor\.json$/, example: 'run/supervisor.json', reader: 'supervisor', cells: RUNS },
  { path: /^run\/controller\/bus\.sock$/, example: 'run/controller/bus.sock', reader: 'controller', cells: RUNS },
  // Made anew, from the administrator's own file, whenever web starts.
  { path: /^run\/oidc-client-secret$/, reader: 'supervisor', cells: RUNS },
  { path: /^run\/(web|controller)\/compile-cache\//, reader: 'supervisor', cells: all(OWN_CACHE) },
  { path: /^log\/[a-z]+\.log(\.\d+)?$/, reader: 'supervisor', cells: all(LOG_STREAM) },
]
