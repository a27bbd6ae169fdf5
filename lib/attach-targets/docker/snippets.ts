import { RESTART_LABEL } from '@/lib/attach-targets/docker/restart-label'

/** By which systemd finds out whether storage is there. */
const GATE = '/usr/local/lib/holdfast-agent/holdfast-agent gate-path'

/** A directory of a mount on its host, and where a container is to have it. */
export interface GivenMount {
  path: string
  inside: string
  readOnly: boolean
}

/** For sh: as it is where nothing in it means anything there. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A value of the comma-separated words of `--mount`, which are read as CSV. */
function csv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** As `docker run` and `podman run` take it. */
export function mountOption({ path, inside, readOnly }: GivenMount): string {
  const words = ['type=bind', `source=${path}`, `target=${inside}`, 'bind-propagation=rslave']
  return [...words, ...(readOnly ? ['readonly'] : [])].map(csv).join(',')
}

export function runSnippet(given: GivenMount, image = 'IMAGE'): string {
  return `docker run \\\n  --mount ${shellWord(mountOption(given))} \\\n  ${shellWord(image)}\n`
}

/** In double quotes, which YAML reads as JSON. Compose reads `$` as a variable unless it is doubled. */
function yaml(text: string): string {
  return JSON.stringify(text.replaceAll('$', '$$$$'))
}

export function composeSnippet({ path, inside, readOnly }: GivenMount, service = 'app'): string {
  return [
    'services:',
    `  ${/^[\w.-]+$/.test(service) ? service : yaml(service)}:`,
    '    # The Holdfast agent starts it again, only while its storage is there.',
    '    restart: "no"',
    `    labels: { ${RESTART_LABEL}: unless-stopped }`,
    '    volumes:',
    '      - type: bind',
    `        source: ${yaml(path)}`,
    `        target: ${yaml(inside)}`,
    ...(readOnly ? ['        read_only: true'] : []),
    '        bind:',
    '          propagation: rslave',
    '          create_host_path: false',
    '',
  ].join('\n')
}

/** For a `.container` file: systemd reads `%` as the beginning of a name of its own, and splits at blanks outside of quotes. */
export function quadletSnippet(given: GivenMount): string {
  const { path } = given
  const specifier = (text: string) => text.replaceAll('%', '%%')
  const word = (text: string) => quoted(specifier(text).replaceAll('$', '$$$$'))
  return [
    '[Unit]',
    `RequiresMountsFor=${quoted(specifier(path))}`,
    '',
    '[Container]',
    'Image=IMAGE',
    `Mount=${specifier(mountOption(given))}`,
    '',
    '[Service]',
    '# While its storage is away it is not started, and tried again.',
    `ExecCondition=${GATE} -- ${word(path)}`,
    'Restart=on-failure',
    'RestartSec=10',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n')
}

function quoted(text: string): string {
  return /[\s"'\\]/.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : text
}
