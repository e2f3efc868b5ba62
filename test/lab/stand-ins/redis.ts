import { debianWith } from "./debian-with.ts";

export const redis = debianWith({
  image: "redis:7",
  version: "1",
  packages: ["redis-server"],
  scripts: {},
  lines: ["WORKDIR /data", "EXPOSE 6379", 'CMD ["redis-server", "--protected-mode", "no"]'],
});
