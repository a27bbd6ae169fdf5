#!/bin/sh
# Starts the agent with the Node binary that lies beside it, wherever a link to this file is.
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" "$here/holdfast-agent.mjs" "$@"
