import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a web address. */
export const problems = {
  'http.not_http': {
    title: 'This is not a web server',
    advice:
      '[Port {port} of {server}|The port] is open, but something else than HTTP answers there: correct the address.',
    command: 'curl -sI {url}',
    code: 'backend_unreachable',
  },
  'http.plain': {
    title: 'The connection is not encrypted',
    advice:
      'Everyone on the way can read the files, and the password or token too: use https:// where the server offers it.',
    code: 'backend_unreachable',
  },
  'http.unverified': {
    title: 'The certificate is not checked',
    advice:
      'Anyone on the way could pretend to be the server: paste its authority into "Certificate authority", and switch the check on.',
    code: 'backend_unreachable',
  },
  'http.no_secret': {
    title: 'Password or token are not set',
    advice: 'Enter the password (basic) or the token (bearer), or choose to sign in without.',
    code: 'credentials_rejected',
  },
  'http.sign_in_needed': {
    title: 'The server wants a sign-in',
    advice:
      '[It answered {status} without one|It refuses requests without one]: choose basic or bearer, and enter what the server gave you.',
    command: 'curl -sI {url}',
    code: 'credentials_rejected',
  },
  'http.wrong_credentials': {
    title: 'The server refuses this sign-in',
    advice:
      '[It answered {status}: enter|Enter] user name, password or token again, and check which of basic and bearer it wants.',
    command: 'curl -sI {url}',
    code: 'credentials_rejected',
  },
  'http.forbidden': {
    title: 'The server does not allow this',
    advice:
      '[It answered {status}: the|The] path or this user is not allowed, or the folder has no list of files. Enter a path that exists, or change the rights on the server.',
    command: 'curl -sI {url}',
    code: 'credentials_rejected',
  },
  'http.not_found': {
    title: 'There is nothing at this address',
    advice: '[The server answered {status}: check|Check] the path, with its capital letters.',
    command: 'curl -sI {url}',
    code: 'backend_unreachable',
  },
  'http.redirected': {
    title: 'The server sends elsewhere',
    advice:
      '[It answered {status} and points to {location}|It points to another address]. Other hosts are not followed: enter that address yourself if it is the right one.',
    command: 'curl -sI {url}',
    code: 'invalid_input',
  },
  'http.use_https': {
    title: 'The server wants https',
    advice: '[Port {port} of {server}|This port] takes no http: write https:// in the address.',
    command: 'curl -si {url}',
    code: 'invalid_input',
  },
  'http.busy': {
    title: 'The server asks to slow down',
    advice: '[It answered {status}: it|It] is overloaded, in maintenance or limits requests; try again in a while.',
    code: 'backend_unreachable',
  },
  'http.server_error': {
    title: 'The server failed',
    advice: 'It answered with an error of its own[ ({status})]; look at its log, then test again.',
    command: 'curl -sI {url}',
    code: 'backend_unreachable',
  },
  'http.unexpected': {
    title: 'The server refused the request',
    advice:
      '[It answered {status}, which Holdfast has no advice for|Holdfast has no advice for its answer]; the log of the server says more.',
    command: 'curl -sI {url}',
    code: 'backend_unreachable',
  },
  'http.no_listing': {
    title: 'There is no list of files',
    advice:
      'It can be tested, but only an address that lists its files can be mounted: switch the directory listing on at the server (nginx: autoindex, Apache: Options Indexes).',
    command: 'curl -s {url}/',
    code: 'unsupported',
  },
} as const satisfies Record<string, Problem>
