import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a directory of a host. */
export const problems = {
  'local.missing': {
    title: 'The directory does not exist',
    advice: 'Create [{source}|it] on this host, or correct the path.',
    command: 'ls -ld {source}',
    code: 'not_found',
  },
  'local.not_directory': {
    title: 'This is not a directory',
    advice: '[{source}|This] is a file or a link; enter the path of the directory itself.',
    command: 'ls -ld {source}',
    code: 'invalid_input',
  },
  'local.link': {
    title: 'The path leads elsewhere',
    advice: '[{source}|The path] is or contains a symbolic link: enter the path to which it leads.',
    command: 'readlink -f {source}',
    code: 'invalid_input',
  },
  'local.inside_itself': {
    title: 'A directory cannot contain itself',
    advice: 'The mount point lies inside [{source}|the directory], or the other way round: choose another mount point.',
    code: 'invalid_input',
  },
} as const satisfies Record<string, Problem>
