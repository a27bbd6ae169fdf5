#!/bin/sh
# Starts the agent with the Node binary that lies beside it, wherever a link to this file is.
here=$(dirname "$(readlink -f "$0")")
# A small heap for a process that mostly sleeps: 8 MiB less than without. One heap of malloc for all threads: 2 to 4 MiB less.
export MALLOC_ARENA_MAX=1
# One thread for V8: at the end of a process, Node waits for V8's other threads, and now and then for ever
# (https://github.com/nodejs/node/issues/54918).
exec "$here/node" --max-semi-space-size=1 --optimize-for-size --single-threaded "$here/holdfast-agent.mjs" "$@"
