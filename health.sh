#!/bin/bash
# The health check of the image. It asks the scheduler in its own container, as `shipbell health` does, but starts no Node: it runs
# every few seconds, on every host. Whatever is not a plain yes is left to `shipbell health`, which says what is wrong.
listen=${SHIPBELL_LISTEN:-:8494}
host=${listen%:*}
case $host in '' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
host=${host#[}
host=${host%]}
{
  if exec 3<>"/dev/tcp/$host/${listen##*:}"; then
    printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    read -r -t 8 _ status _ <&3
  fi
} 2>/dev/null
if [ "$status" = 200 ]; then
  echo ok
else
  exec shipbell health
fi
