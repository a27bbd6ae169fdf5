import path from 'node:path'
import { HoldfastError } from '@/lib/errors'

/** Settings of the service, one `HOLDFAST_…=value` a line. It may hold a database password, a unit may not: anyone can read units. */
export const SETTINGS_FILE = '/etc/holdfast/holdfast.env'

/** systemd reads `%` as a specifier. What it does not take in the name of a program at all is refused. */
function literal(file: string): string {
  if (/["'\\$\n]/.test(file)) {
    throw new HoldfastError(
      'invalid_input',
      `systemd takes no program whose path has quotes, backslashes or $, as ${file} has; move the checkout.`,
    )
  }
  return file.replaceAll('%', '%%')
}

/**
 * A unit that runs the checkout in `root` with the Node at `node`. It starts what is built and installs nothing: a service must not
 * need the network to come up. Like the agent's own unit it has no option that gives it a mount namespace, or its mounts would not
 * exist for the host. Throws `invalid_input` for a path that systemd does not take.
 */
export function systemdUnit({ root, node }: { root: string; node: string }): string {
  return `# Holdfast: storage control plane. Printed by "npm run -s holdfast -- systemd-unit"; settings are in ${SETTINGS_FILE}.
#
# No ProtectSystem=, PrivateTmp=, ProtectHome= or any other option that gives the service a mount namespace of its own: what the agent
# of this machine mounts would not exist for the host. Web and controller run as users of their own, without capabilities.
[Unit]
Description=Holdfast: storage control plane
Wants=network-online.target
After=network-online.target
# It is started again for ever: a full disk or a missing database passes, and nobody should have to come and start it by hand.
StartLimitIntervalSec=0

[Service]
Type=exec
WorkingDirectory=${literal(root)}
EnvironmentFile=-${SETTINGS_FILE}
Environment="NODE_COMPILE_CACHE=${literal(path.join(root, 'dist/compile-cache'))}"
ExecStart="${literal(node)}" dist/supervisor.mjs
Restart=always
# From 2 s to 15 s. Before systemd 254 the last two are not known: they are left out with a word in the log, and it stays at 2 s.
RestartSec=2
RestartSteps=5
RestartMaxDelaySec=15
# The supervisor ends its processes itself. A probe that hangs on a dead server must not hold up the stop, and storage daemons have
# units of their own.
KillMode=process
TimeoutStopSec=30
OOMScoreAdjust=-500
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`
}
