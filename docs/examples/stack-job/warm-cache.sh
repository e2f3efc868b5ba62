#!/bin/sh
# Asks the web service for its front page, and stores its size in redis.
set -eu
bytes=$(wget -q -O - http://web/ | wc -c)
[ "$bytes" -gt 0 ]
answer=$(printf 'AUTH %s\r\nSET front-page %d\r\nQUIT\r\n' "$(cat /run/secrets/redis-password)" "$bytes" | nc redis 6379 | tr -d '\r')
if [ "$answer" != "$(printf '+OK\n+OK\n+OK')" ]; then
  echo "redis: $answer" >&2
  exit 1
fi
echo "front page: $bytes bytes"
