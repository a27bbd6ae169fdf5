import { xmlAttribute } from '@/lib/libvirt/xml-text'

/** By it a hook of ours is known; one without it is somebody else's. */
export const HOOK_MARK = '# Written by the Holdfast agent'

export interface HookParts {
  /** Mountpoints of this host. */
  places: readonly string[]
  /** What starts the agent, and its state. */
  program: readonly string[]
  stateDir: string
  /** Its own path. */
  path: string
}

/**
 * The hook by which libvirt asks before it starts a machine. A machine that names nothing of ours starts without the agent being asked, so
 * nothing of Holdfast can keep it from starting; one that does is refused where the agent's program cannot say that its storage is there.
 * The program is started through `env`: AppArmor lets what libvirt starts only run programs below /usr/bin and /usr/sbin.
 */
export function hookText({ places, program, stateDir, path }: HookParts): string {
  const gate = [...program, 'gate', '--state-dir', stateDir].map(quoted).join(' ')
  return `#!/bin/sh
${HOOK_MARK}, which keeps it up to date and takes it away when it is needed no more.
# libvirt runs it with NAME OPERATION STEP and the definition of the machine on standard input. A machine that has storage of Holdfast
# starts only while that is there. See docs/attachments.md.
# All of it is read in any case: whoever writes to one that has gone gets an error.
definition=$(cat)
[ "$2 $3" = 'prepare begin' ] || exit 0
places=$(cat <<'HOLDFAST_PLACES'
/dev/holdfast-has-no-such-device
${places.map((place) => xmlAttribute(place)).join('\n')}
HOLDFAST_PLACES
)
sources=$(printf '%s\\n' "$definition" | tr -s /)
printf '%s\\n' "$sources" | grep -qF -e "$places" ||
  printf '%s\\n' "$sources" | grep -qE "/dev/[^']*vol_[0-9a-z]{26}'" || exit 0
reason=$(printf '%s\\n' "$definition" | timeout --signal=KILL 25 env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin ${gate} 2>&1 >/dev/null) && exit 0
echo "\${reason:-Holdfast could not say whether its storage is there. If this host is not kept by Holdfast any more, remove ${path}.}" >&2
exit 1
`
}

/** For a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
