#!/bin/sh
# thumbnails FROM TO: makes a JPEG in TO of each picture in FROM that has none yet. $SIZE says how large at most (320x320).
# A picture that cannot be read keeps none of the others from being made; the exit code is 1 then.
from=${1:?"usage: thumbnails FROM TO"}
to=${2:?"usage: thumbnails FROM TO"}
status=0
for picture in "$from"/*; do
  [ -f "$picture" ] || continue
  name=$(basename "$picture")
  thumbnail="$to/${name%.*}.jpg"
  [ "$thumbnail" -nt "$picture" ] && continue
  # Under a name of its own until it is whole.
  if convert "$picture" -thumbnail "${SIZE:-320x320}>" "jpg:$thumbnail.part" && mv "$thumbnail.part" "$thumbnail"; then
    echo "$name: $(identify -format '%wx%h' "$thumbnail")"
  else
    rm -f "$thumbnail.part"
    status=1
  fi
done
exit $status
