#!/bin/sh
# thumbnails FROM TO: makes a JPEG in TO for each picture in FROM without one. $SIZE is the largest size (320x320).
# A picture that cannot be read stops none of the others, but makes the exit code 1.
from=${1:?"usage: thumbnails FROM TO"}
to=${2:?"usage: thumbnails FROM TO"}
status=0
for picture in "$from"/*; do
  [ -f "$picture" ] || continue
  name=$(basename "$picture")
  thumbnail="$to/${name%.*}.jpg"
  [ "$thumbnail" -nt "$picture" ] && continue
  # Under another name until it is complete.
  if convert "$picture" -thumbnail "${SIZE:-320x320}>" "jpg:$thumbnail.part" && mv "$thumbnail.part" "$thumbnail"; then
    echo "$name: $(identify -format '%wx%h' "$thumbnail")"
  else
    rm -f "$thumbnail.part"
    status=1
  fi
done
exit $status
