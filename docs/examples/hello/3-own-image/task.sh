#!/bin/sh
# Greets whom the environment names; without a name it cannot.
if [ -z "$NAME" ]; then
  echo "task.sh: NAME is not set" >&2
  exit 2
fi
echo "Hello $NAME, it is $(date +%H:%M)"
