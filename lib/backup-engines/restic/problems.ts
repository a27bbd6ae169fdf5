import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a repository of restic, and with the restic of a host. */
export const problems = {
  'restic.too_old': {
    title: 'The restic of this host is too old',
    detail: 'The restic of this host is {found}; {what} needs {needed}.',
    advice:
      'Install a newer restic on the host: on Debian 12 the package of Debian 13 (restic 0.18) runs as it is; where the host reaches the internet, "restic self-update" does it too. Then try again[: it needs {needed}].',
    command: 'restic version',
    code: 'unsupported',
  },
  'restic.no_repository': {
    title: 'There is no repository here',
    detail: 'There is no repository of restic in {place}.',
    advice:
      'Look whether [{place}|the place] is the right one, and whether its storage is mounted. A repository is made only when a new one is asked for, never in place of one that has gone.',
    code: 'not_found',
  },
  'restic.other_repository': {
    title: 'Another repository is here',
    detail: 'In {place} is the repository {found}, not {expected}.',
    advice:
      'Nothing was written to it. Look which storage is mounted at [{place}|its place]; if the repository was made anew on purpose, add it as a new one.',
    code: 'conflict',
  },
  'restic.is_there': {
    title: 'A repository is here already',
    advice:
      'Nothing was changed. Add [{place}|it] as an existing repository with its password, or choose an empty place.',
    code: 'conflict',
  },
  'restic.wrong_password': {
    title: 'The password does not open the repository',
    advice:
      'Enter the password that [{place}|the repository] was made with; the recovery kit has it. Without it nobody can read the backups.',
    code: 'invalid_input',
  },
  'restic.locked': {
    title: 'The repository is locked',
    detail: 'The repository is locked by process {pid} on {holder}.',
    advice:
      'Another backup or maintenance is at work[ on {holder}]; try again when it is done. A lock is removed by itself only where its process is one of ours and dead; if that host is gone for good, remove it there by hand with "restic unlock".',
    code: 'busy',
  },
  'restic.damaged': {
    title: 'The repository is damaged',
    detail: 'The check has found what is wrong with the repository: {found}.',
    advice:
      'Hold pruning, and keep what is there: back up again, look at the storage behind it, then follow the chapter of restic about troubleshooting ("restic repair"). Snapshots that do not need the damaged part can be restored.',
    code: 'command_failed',
  },
  'restic.no_snapshot': {
    title: 'There is no such snapshot',
    advice: 'Load the list again: [{snapshot}|it] may have been removed by the retention meanwhile.',
    code: 'not_found',
  },
  'restic.no_path': {
    title: 'There is no such path in the snapshot',
    advice: 'Look for [{path}|it] in another snapshot.',
    code: 'not_found',
  },
  'restic.no_source': {
    title: 'What is to be backed up is not there',
    advice: 'No snapshot was made. Look whether [{path}|the directory] is there and whether its storage is mounted.',
    code: 'not_found',
  },
  'restic.stream_failed': {
    title: 'What was to be backed up could not be read to its end',
    advice: 'No snapshot was made. Look at what [{program}|the program that reads it] said, and try again.',
    code: 'command_failed',
  },
  'restic.no_room': {
    title: 'The storage of the repository is full',
    advice:
      'Nothing that was there is harmed. Free space on [{place}|the storage], or loosen what is kept and prune, then run the backup again: it goes on with what is there.',
    code: 'disk_full',
  },
  'restic.access_denied': {
    title: 'The storage of the repository refuses access',
    advice:
      'Look at the keys and their rights: to read, to write and to list [{place}|the place] are needed, and to delete for locks and pruning.',
    code: 'credentials_rejected',
  },
  'restic.two_buckets': {
    title: 'Two buckets with keys of their own cannot be copied at once',
    advice:
      'One run of restic takes one pair of keys. Give one pair rights on both buckets, or use a mounted repository for one of them.',
    code: 'unsupported',
  },
} as const satisfies Record<string, Problem>
