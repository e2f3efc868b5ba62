#!/bin/sh
# Greets the name in the environment; fails without one.
if [ -z "$NAME" ]; then
  echo "task.sh: NAME is not set" >&2
  exit 2
fi
echo "Hello $NAME, it is $(date +%H:%M)"
